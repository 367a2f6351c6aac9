using GpuPool.Experiments.Data.Coco;

namespace GpuPool.Experiments.Data;

/// <summary>Visual Wake Words (Chowdhery et al. 2019): does a picture of COCO show a person?</summary>
/// <remarks>
/// Two forms are read. Folders: <c>train/no_person</c>, <c>train/person</c> and the same in <c>val</c> or else <c>test</c>, as <see cref="ImageFolder"/> reads them. Or COCO itself, as
/// <see cref="CocoLayout"/> finds it: a picture has a person when the outline of some person, or of a crowd of them, takes more than 0.5 % of its area.
/// The official split asks for the years 2014 and the list <see cref="MinivalList"/> of 8,059 picture numbers: these are tested on, all others of both splits learnt from. Without the
/// list COCO's own split is taken, which gives nearly the same pictures in other parts; accuracies then compare only roughly with published ones.
/// Source: the scripts of github.com/Mxbonn/visualwakewords, which use <c>area</c>, the outline's, where EdgeML's README speaks of boxes.
/// </remarks>
internal static class VisualWakeWords
{
    /// <summary>Name of the list, in the folder or in <c>annotations</c>: a number a line.</summary>
    public const string MinivalList = "mscoco_minival_ids.txt";

    private const double LeastShare = 0.005;

    /// <summary>The classes in the order of their labels.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = ["no_person", "person"];

    /// <summary>Opens both splits.</summary>
    /// <exception cref="GpuPoolException">A file is missing (10), or is not what it should be (11).</exception>
    public static DatasetSplits Open(string folder, Reading reading) =>
        Directory.Exists(Path.Combine(folder, "train", ClassNames[1])) ? FromFolders(folder, reading) : FromAnnotations(folder, reading);

    /// <summary>1 where a picture has a person, else 0.</summary>
    /// <param name="annotations">The file that describes it.</param>
    /// <param name="image">The picture.</param>
    /// <param name="person">Numbers of the categories of persons.</param>
    public static int Label(CocoAnnotations annotations, CocoImage image, IReadOnlySet<long> person) => annotations.ObjectsIn(image)
        .Any(item => person.Contains(item.CategoryId) && item.Area / ((double)image.Height * image.Width) > LeastShare) ? 1 : 0;

    private static DatasetSplits FromFolders(string folder, Reading reading)
    {
        DatasetSplits splits = ImageFolder.Open(folder, "vww", reading);
        if (!splits.Train.ClassNames.SequenceEqual(ClassNames))
            reading.Report(DataFile.Corrupt(Path.Combine(folder, "train"), "must have the folders no_person and person, and no others"));
        return splits;
    }

    private static DatasetSplits FromAnnotations(string folder, Reading reading)
    {
        DataFile.CheckFolder(folder);
        CocoLayout layout = CocoLayout.Find(folder);
        var cache = new ImageCache(reading.CacheBytes, reading.Decoder);
        (long Id, ImageFile File)[] train = Files(layout.Train, reading), val = Files(layout.Val, reading);
        string? list = DataFile.Only(Path.Combine(folder, MinivalList), Path.Combine(folder, "annotations", MinivalList));
        if (list is null)
            return new DatasetSplits(Split(layout.Train.Name, train), Split(layout.Val.Name, val));
        HashSet<long> minival = IdList.Read(list, [.. train.Concat(val).Select(item => item.Id)], reading);
        ILookup<bool, (long, ImageFile)> parts = train.Concat(val).ToLookup(item => minival.Contains(item.Id));
        return new DatasetSplits(Split("train", parts[false]), Split("minival", parts[true]));

        ImageFileDataset Split(string name, IEnumerable<(long Id, ImageFile File)> files) =>
            new($"vww {name}", ClassNames, [.. files.Select(item => item.File)], cache);
    }

    private static (long Id, ImageFile File)[] Files(CocoSplit split, Reading reading)
    {
        CocoAnnotations? annotations = reading.Attempt(() => CocoReader.Read(split.Annotations, reading), null);
        if (annotations is null)
            return [];
        IReadOnlySet<long> person = annotations.CategoriesNamed(ClassNames[1]);
        if (person.Count == 0 || annotations.Images.Count == 0)
            reading.Report(DataFile.Corrupt(split.Annotations, person.Count == 0 ? "has no category 'person'" : "has no image"));
        return
        [
            .. annotations.Images.OrderBy(image => image.Id)
                .Select(image => (image.Id, new ImageFile(split.Images, image.FileName, Label(annotations, image, person)))),
        ];
    }
}
