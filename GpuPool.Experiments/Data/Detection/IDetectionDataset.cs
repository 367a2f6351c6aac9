namespace GpuPool.Experiments.Data.Detection;

/// <summary>Pictures of one split with the objects that they show, numbered from 0. Every member may be called from several threads at once.</summary>
public interface IDetectionDataset
{
    /// <summary>Set and split, such as <c>coco train2017</c>.</summary>
    string Name { get; }

    /// <summary>The classes in the order of their labels.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of pictures.</summary>
    int Count { get; }

    /// <summary>What is known of a picture; costs nothing.</summary>
    AnnotatedPicture Picture(int index);

    /// <summary>The picture, read, decoded or generated when asked for; the caller disposes of it.</summary>
    /// <exception cref="GpuPoolException">The file is missing, damaged, or of another size than its annotation says; the message names it.</exception>
    RgbImage Image(int index);
}

/// <summary>The pictures to learn from and the pictures to be judged by; both have the same classes.</summary>
public sealed record DetectionSplits(IDetectionDataset Train, IDetectionDataset Test)
{
    /// <summary>Numbers of pictures and classes.</summary>
    internal DataExtents Extents => new(Train.Count, Test.Count, Train.ClassNames.Count);
}
