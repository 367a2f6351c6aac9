namespace GpuPool.Experiments.Data.Detection;

/// <summary>Pictures with the objects that they show.</summary>
public interface IDetectionDataset : IPictures
{
    /// <summary>What is known of a picture; costs nothing.</summary>
    AnnotatedPicture Picture(int index);
}

/// <summary>The pictures to learn from and the pictures to be judged by; both have the same classes.</summary>
public sealed record DetectionSplits(IDetectionDataset Train, IDetectionDataset Test)
{
    /// <summary>One after the other.</summary>
    internal IReadOnlyList<IPictures> Both => [Train, Test];

    /// <summary>Numbers of pictures and classes.</summary>
    internal DataExtents Extents => new(Train.Count, Test.Count, Train.Classes);
}
