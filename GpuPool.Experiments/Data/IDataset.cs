namespace GpuPool.Experiments.Data;

/// <summary>Labelled pictures of one split, numbered from 0. Every member may be called from several threads at once.</summary>
public interface IDataset
{
    /// <summary>Set and split, such as <c>stl10 train</c>.</summary>
    string Name { get; }

    /// <summary>The classes in the order of their labels.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of classes.</summary>
    int Classes => ClassNames.Count;

    /// <summary>Number of pictures.</summary>
    int Count { get; }

    /// <summary>Smallest part of the area that a training crop may show without losing what the label depends on. Default 0.08, as for ImageNet.</summary>
    double MinimumCropScale => 0.08;

    /// <summary>Class of a picture, in [0, <see cref="Classes"/>); costs nothing.</summary>
    int Label(int index);

    /// <summary>The picture, read, decoded or generated when asked for; the caller disposes of it.</summary>
    /// <exception cref="GpuPoolException">The file is missing or damaged; the message names it.</exception>
    RgbImage Image(int index);
}
