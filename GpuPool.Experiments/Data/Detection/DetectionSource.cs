namespace GpuPool.Experiments.Data.Detection;

/// <summary>Where pictures with boxes come from, as written on the command line: <c>synthetic</c>, <c>coco:DIR</c> or <c>voc:DIR</c>.</summary>
public sealed record DetectionSource
{
    private static readonly string[] Known = ["synthetic", "coco:DIR", "voc:DIR"], WithoutBoxes = ["stl10", "folder", "vww"];

    private DetectionSource(string kind, string folder) => (Kind, Folder) = (kind, folder);

    /// <summary>The generated set, which needs no file.</summary>
    public static DetectionSource Synthetic { get; } = new("synthetic", "");

    /// <summary>The word before the colon.</summary>
    public string Kind { get; }

    /// <summary>What stands behind it; empty for <c>synthetic</c>.</summary>
    public string Folder { get; }

    /// <summary>Whether a text names a source that only detectors learn from; <c>synthetic</c> has pictures of both kinds.</summary>
    public static bool IsNamed(string text) => text.StartsWith("coco:", StringComparison.Ordinal) || text.StartsWith("voc:", StringComparison.Ordinal);

    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: not one of the known forms.</exception>
    public static DetectionSource Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? text : text[..colon], folder = colon < 0 ? "" : text[(colon + 1)..];
        return (kind, folder.Length > 0) switch
        {
            ("synthetic", false) when colon < 0 => Synthetic,
            ("coco" or "voc", true) => new DetectionSource(kind, folder),
            (_, true) when WithoutBoxes.Contains(kind) => throw Unknown($"'{text}' has a class of each picture, and no boxes for a detector"),
            _ => throw Unknown($"'{text}' is not a source of pictures with boxes"),
        };
    }

    /// <summary>Opens both splits.</summary>
    /// <param name="classes">
    /// What a detector learns, in the order of the labels; by default <see cref="ClassList.Street"/> of COCO, and all classes of the other sets.
    /// </param>
    /// <param name="trainLimit">At most so many training pictures, the first ones; all by default.</param>
    /// <param name="testLimit">The same for the test pictures.</param>
    /// <param name="decoder">What decodes image files.</param>
    /// <exception cref="GpuPoolException">The files are missing or damaged, a class is not among theirs, or a limit is below 1.</exception>
    public DetectionSplits Open(IReadOnlyList<string>? classes = null, int? trainLimit = null, int? testLimit = null, DecoderChoice decoder = DecoderChoice.Skia)
    {
        DetectionSplits whole = Open(classes ?? (Kind == "coco" ? ClassList.Street : null), Reading.Strict with { Decoder = decoder });
        return new DetectionSplits(Limited(whole.Train, trainLimit), Limited(whole.Test, testLimit));
    }

    /// <summary>Opens both splits whole, with all classes where none are named, and with a say in what happens to faults.</summary>
    internal DetectionSplits Open(IReadOnlyList<string>? classes, Reading reading)
    {
        if (Folder.Length > 0)
            DataFile.CheckFolder(Folder);
        return Kind switch
        {
            "synthetic" => SyntheticScenes.Open(classes),
            "coco" => CocoDetectionSet.Open(Folder, classes, reading),
            _ => VocDetectionSet.Open(Folder, classes, reading),
        };
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Folder.Length == 0 ? Kind : $"{Kind}:{Folder}";

    private static IDetectionDataset Limited(IDetectionDataset dataset, int? limit) => limit switch
    {
        null => dataset,
        < 1 => throw new GpuPoolException(ExitCode.Configuration, $"a limit of {limit} leaves no picture of {dataset.Name}", "Give a limit of at least 1."),
        _ => DetectionSubset.First(dataset, limit.Value),
    };

    private static GpuPoolException Unknown(string cause) => new(ExitCode.Configuration, cause, $"Known are {string.Join(", ", Known)}.");
}
