namespace GpuPool.Experiments.Data.Detection;

/// <summary>Pictures with the objects that they show.</summary>
public interface IDetectionDataset : IPictures
{
    /// <summary>What is known of a picture; costs nothing.</summary>
    AnnotatedPicture Picture(int index);

    /// <inheritdoc/>
    string IPictures.FileName(int index) => Picture(index).FileName;
}

/// <summary>Pictures with objects.</summary>
public sealed record DetectionSplits(IDetectionDataset Train, IDetectionDataset Test) : Splits
{
    /// <inheritdoc/>
    public override Splits TestedOnTraining => this with { Test = Train };

    internal override IReadOnlyList<IPictures> Both => [Train, Test];
}
