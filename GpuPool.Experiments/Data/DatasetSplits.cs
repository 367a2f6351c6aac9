namespace GpuPool.Experiments.Data;

/// <summary>The pictures to learn from and the pictures to be judged by; both have the same classes.</summary>
public sealed record DatasetSplits(IDataset Train, IDataset Test);
