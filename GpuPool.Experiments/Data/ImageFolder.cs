namespace GpuPool.Experiments.Data;

/// <summary>A tree of image files, <c>FOLDER/SPLIT/CLASS/FILE</c>, as ImageNet is laid out.</summary>
/// <remarks>
/// Classes are the folders of the training split in ordinal order of their names (torchvision's rule); files are in ordinal order within their class.
/// Names that begin with a dot, files without an image's extension (.jpg, .jpeg, .png, .webp, .gif, .bmp in any case) and folders within that of a class
/// are left out; <c>data verify</c> names the latter two. Files are listed once, when the splits are opened, and
/// read and decoded when asked for: a list of 105,000 with names as ImageNet's was made in 0.2 s and takes 91 bytes a file.
/// </remarks>
public static class ImageFolder
{
    private const int NamesOfAKind = 3;

    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp" };

    /// <summary>Opens <c>train</c> and, beside it, <c>val</c> or else <c>test</c>, with a cache of 512 MB for both together.</summary>
    /// <exception cref="GpuPoolException">A folder is missing or a class has no image (10), or the second split has a class that the first lacks
    /// (11).</exception>
    public static DatasetSplits Open(string folder) => Open(folder, "folder", Reading.Strict);

    /// <summary>As above, with the word by which the data set is named, and a say in what happens to faults.</summary>
    internal static DatasetSplits Open(string folder, string kind, Reading reading)
    {
        string train = Path.Combine(folder, "train"), val = Path.Combine(folder, "val");
        string test = Directory.Exists(val) ? val : Path.Combine(folder, "test");
        var cache = new ImageCache(reading.CacheBytes, reading.Decoder);
        string[] classNames = reading.Attempt(() => ClassesIn(train), []);
        foreach (string unknown in reading.Attempt(() => ClassesIn(test), []).Except(classNames))
            reading.Report(DataFile.Corrupt(Path.Combine(test, unknown), "is a class that the training split does not have"));
        return new DatasetSplits(Split(train), Split(test));

        ImageFileDataset Split(string path) => new(
            $"{kind} {Path.GetFileName(path)}",
            classNames,
            [.. classNames.SelectMany((name, label) => reading.Attempt(() => ImagesIn(Path.Combine(path, name), label, reading), []))],
            cache);
    }

    private static string[] ClassesIn(string split)
    {
        string[] names = [.. DataFile.Folders(split).Select(folder => Path.GetFileName(folder))];
        return names.Length > 0 ? names : throw DataFile.Missing(split, "has no folder, where one for each class was expected");
    }

    private static ImageFile[] ImagesIn(string folder, int label, Reading reading)
    {
        ILookup<bool, string> names = DataFile.Files(folder).Select(path => Path.GetFileName(path)).ToLookup(name => Extensions.Contains(Path.GetExtension(name)));
        foreach (IGrouping<string, string> others in names[false].GroupBy(Path.GetExtension, StringComparer.OrdinalIgnoreCase)!)
            reading.LeftOut(new DataFault(folder, null, $"left out, since '{others.Key}' is not the end of a picture's name: {NameList.Of([.. others], NamesOfAKind)}"));
        if (DataFile.Folders(folder) is { Length: > 0 } inner)
            reading.LeftOut(new DataFault(folder, null, $"left out, since pictures of a class lie in its folder and not below it: {NameList.Of([.. inner.Select(path => Path.GetFileName(path))], NamesOfAKind)}"));
        ImageFile[] files = [.. names[true].Select(name => new ImageFile(folder, name, label))];
        return files.Length > 0 ? files : throw DataFile.Missing(folder, "has no image file");
    }
}
