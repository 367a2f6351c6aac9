namespace GpuPool.Experiments.Data;

/// <summary>An image file and the class of what it shows.</summary>
/// <param name="Folder">Its folder, one string for all files in it: a million paths in full would take some 200 MB.</param>
/// <param name="Name">Its name in there.</param>
/// <param name="Label">Its class.</param>
internal readonly record struct ImageFile(string Folder, string Name, int Label);

/// <summary>One split of a data set of image files, decoded when asked for.</summary>
internal sealed class ImageFileDataset(string name, IReadOnlyList<string> classNames, ImageFile[] files, ImageCache cache) : IImageFiles
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => classNames;

    /// <inheritdoc/>
    public int Count => files.Length;

    /// <inheritdoc/>
    public int Label(int index) => files[index].Label;

    /// <inheritdoc/>
    public string FileName(int index) => $"{Path.GetFileName(files[index].Folder)}/{files[index].Name}";

    /// <inheritdoc/>
    public RgbImage Image(int index) => cache.Get(PathOf(index));

    /// <summary>Where the file of a picture is.</summary>
    public string PathOf(int index) => Path.Combine(files[index].Folder, files[index].Name);

    /// <inheritdoc/>
    public byte[] File(int index) => ImageDecoder.Read(PathOf(index));
}
