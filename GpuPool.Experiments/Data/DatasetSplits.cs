namespace GpuPool.Experiments.Data;

/// <summary>The pictures to learn from and the pictures to be judged by; both have the same classes.</summary>
public sealed record DatasetSplits(IDataset Train, IDataset Test)
{
    /// <summary>One after the other.</summary>
    internal IReadOnlyList<IPictures> Both => [Train, Test];

    /// <summary>Numbers of pictures and classes.</summary>
    internal DataExtents Extents => new(Train.Count, Test.Count, Train.Classes);
}
