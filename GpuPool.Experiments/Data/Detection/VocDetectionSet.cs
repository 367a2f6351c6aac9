using System.Text;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>PASCAL VOC (Everingham et al. 2010), a folder such as <c>VOCdevkit/VOC2007</c>, for detectors.</summary>
/// <remarks>
/// Read are <c>ImageSets/Main/LIST.txt</c> with a name a line, <c>Annotations/NAME.xml</c> and <c>JPEGImages/NAME.jpg</c>. Where there is a list <c>test</c>, as of 2007, it is tested on and
/// <c>trainval</c> learnt from; else <c>val</c> and <c>train</c>. As in mmdetection 2.25, learnt from are pictures of at least 32 pixels a side with an object of a wanted class.
/// Pictures are numbered from 1 in the order of the list.
/// </remarks>
internal static class VocDetectionSet
{
    private const int LeastSide = 32;
    private const long MostListBytes = 1 << 24;

    /// <summary>Opens both splits.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="classes">The classes to learn; null for all that occur in the training split, in the order of their names.</param>
    /// <param name="reading">What becomes of faults.</param>
    /// <exception cref="GpuPoolException">A file is missing (10), is not what it should be (11), or a class does not occur (3).</exception>
    public static DetectionSplits Open(string folder, IReadOnlyList<string>? classes, Reading reading)
    {
        bool isTested = File.Exists(List(folder, "test"));
        (string train, string test) = isTested ? ("trainval", "test") : ("train", "val");
        var cache = new ImageCache(reading.CacheBytes, reading.Decoder);
        VocPicture[] learnt = Read(folder, train, reading), tested = Read(folder, test, reading);
        string[] known = [.. learnt.SelectMany(picture => picture.Objects).Select(item => item.Name).Distinct().Order(StringComparer.Ordinal)];
        IReadOnlyList<string> names = classes ?? known;
        ClassList.Check(names, known, List(folder, train), reading);
        Dictionary<string, int> labels = names.Select((name, label) => (name, label)).ToDictionary();
        return new DetectionSplits(Split(train, learnt.Where(IsLearnt)), Split(test, tested));

        bool IsLearnt(VocPicture picture) =>
            reading.KeepsAll || Math.Min(picture.Width, picture.Height) >= LeastSide && picture.Objects.Any(item => labels.ContainsKey(item.Name));

        AnnotatedFiles Split(string name, IEnumerable<VocPicture> pictures) => new(
            $"voc {name}", names, Path.Combine(folder, "JPEGImages"), [.. pictures.Select(picture => picture.With(labels))], cache);
    }

    private static string List(string folder, string name) => Path.Combine(folder, "ImageSets", "Main", $"{name}.txt");

    private static VocPicture[] Read(string folder, string list, Reading reading) =>
    [
        .. reading.Attempt(() => Names(folder, List(folder, list), reading), []).Index()
            .Select(name => reading.Attempt<VocPicture?>(() => VocPicture.Read(Annotation(folder, name.Item), name.Item, name.Index + 1), null))
            .OfType<VocPicture>(),
    ];

    private static string Annotation(string folder, string name) => Path.Combine(folder, "Annotations", $"{name}.xml");

    private static string[] Names(string folder, string path, Reading reading)
    {
        byte[] file = DataFile.ReadAll(path, MostListBytes);
        HashSet<string> names = [];
        foreach (Range range in file.AsSpan().Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = file.AsSpan(range).Trim(" \t\r"u8);
            if (line.IsEmpty)
                continue;
            string name = Encoding.UTF8.GetString(line);
            string? fault = !DataFile.StaysInside(name) ? "the line is not the name of a picture"
                : !File.Exists(Annotation(folder, name)) ? $"'{name}' has no annotation {Annotation(folder, name)}"
                : !names.Add(name) ? $"'{name}' is there twice" : null;
            if (fault is not null)
                reading.Report(DataFile.Corrupt(path, fault, range.Start.Value));
        }
        if (names.Count == 0)
            reading.Report(DataFile.Corrupt(path, "names no picture"));
        return [.. names];
    }
}
