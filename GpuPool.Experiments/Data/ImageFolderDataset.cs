namespace GpuPool.Experiments.Data;

/// <summary>One split of a tree of image files, <c>FOLDER/SPLIT/CLASS/FILE</c>, as ImageNet is laid out.</summary>
/// <remarks>
/// Classes are the folders of the training split in ordinal order of their names (torchvision's rule); files are in ordinal order within their class.
/// Names that begin with a dot and files without an image's extension are left out. Files are listed once, when the split is opened, and decoded when
/// asked for, with a cache of 512 MB for both splits together.
/// </remarks>
public sealed class ImageFolderDataset : IDataset
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp" };

    private readonly (string Path, int Label)[] _files;
    private readonly ImageCache _cache;

    private ImageFolderDataset(string name, string[] classNames, (string Path, int Label)[] files, ImageCache cache) =>
        (Name, ClassNames, _files, _cache) = (name, classNames, files, cache);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public int Count => _files.Length;

    /// <summary>Opens <c>train</c> and, beside it, <c>val</c> or else <c>test</c>.</summary>
    /// <exception cref="GpuPoolException">A folder is missing or a class has no image (10), or the second split has a class that the first lacks
    /// (11).</exception>
    public static DatasetSplits Open(string folder)
    {
        string train = Path.Combine(folder, "train"), val = Path.Combine(folder, "val");
        string test = Directory.Exists(val) ? val : Path.Combine(folder, "test");
        var cache = new ImageCache(ImageCache.DefaultCapacityBytes);
        string[] classNames = ClassesIn(train);
        if (ClassesIn(test).Except(classNames).FirstOrDefault() is { } unknown)
            throw DataFile.Corrupt(Path.Combine(test, unknown), "is a class that the training split does not have");
        return new DatasetSplits(Split(train), Split(test));

        ImageFolderDataset Split(string path) => new($"folder {Path.GetFileName(path)}", classNames, FilesIn(path, classNames), cache);
    }

    /// <inheritdoc/>
    public int Label(int index) => _files[index].Label;

    /// <inheritdoc/>
    public RgbImage Image(int index) => _cache.Get(_files[index].Path);

    private static string[] ClassesIn(string split)
    {
        string[] names = [.. DataFile.Folders(split).Select(folder => Path.GetFileName(folder))];
        return names.Length > 0 ? names : throw DataFile.Missing($"{split} has no folder, where one for each class was expected");
    }

    private static (string Path, int Label)[] FilesIn(string split, string[] classNames) =>
        [.. classNames.SelectMany((name, label) => ImagesIn(Path.Combine(split, name)).Select(path => (path, label)))];

    private static string[] ImagesIn(string folder)
    {
        string[] files = [.. DataFile.Files(folder).Where(path => Extensions.Contains(Path.GetExtension(path)))];
        return files.Length > 0 ? files : throw DataFile.Missing($"{folder} has no image file");
    }
}
