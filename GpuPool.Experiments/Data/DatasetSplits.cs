namespace GpuPool.Experiments.Data;

/// <summary>Pictures with a class each.</summary>
public sealed record DatasetSplits(IDataset Train, IDataset Test) : Splits
{
    /// <inheritdoc/>
    public override Splits TestedOnTraining => this with { Test = Train };

    internal override IReadOnlyList<IPictures> Both => [Train, Test];
}
