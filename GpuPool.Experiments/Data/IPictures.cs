namespace GpuPool.Experiments.Data;

/// <summary>Pictures of one split, numbered from 0. Every member may be called from several threads at once.</summary>
public interface IPictures
{
    /// <summary>Set and split, such as <c>stl10 train</c>.</summary>
    string Name { get; }

    /// <summary>The classes in the order of their labels.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of classes.</summary>
    int Classes => ClassNames.Count;

    /// <summary>Number of pictures.</summary>
    int Count { get; }

    /// <summary>Number of archives that are read as a whole each; 1 where pictures are read one by one.</summary>
    int Shards => 1;

    /// <summary>The archive that a picture lies in.</summary>
    int Shard(int index) => 0;

    /// <summary>Name of its file in the data set; empty where it has none of its own.</summary>
    string FileName(int index) => "";

    /// <summary>The picture, read, decoded or generated when asked for; the caller disposes of it.</summary>
    /// <exception cref="GpuPoolException">The file is missing or damaged, or of another size than its annotation says; the message names it.</exception>
    RgbImage Image(int index);
}
