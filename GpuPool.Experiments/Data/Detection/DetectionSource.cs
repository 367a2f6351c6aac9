namespace GpuPool.Experiments.Data.Detection;

/// <summary>Where pictures with boxes come from, as written on the command line: <c>coco:DIR</c>.</summary>
public sealed record DetectionSource
{
    private static readonly string[] Known = ["coco:DIR"];

    private DetectionSource(string kind, string folder) => (Kind, Folder) = (kind, folder);

    /// <summary>The word before the colon.</summary>
    public string Kind { get; }

    /// <summary>What stands behind it.</summary>
    public string Folder { get; }

    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: not one of the known forms.</exception>
    public static DetectionSource Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? text : text[..colon], folder = colon < 0 ? "" : text[(colon + 1)..];
        return (kind, folder.Length > 0) switch
        {
            ("coco", true) => new DetectionSource(kind, folder),
            _ => throw new GpuPoolException(
                ExitCode.Configuration, $"'{text}' is not a source of pictures with boxes, from which a detector learns", $"Known are {string.Join(", ", Known)}."),
        };
    }

    /// <summary>Opens both splits.</summary>
    /// <param name="classes">What a detector learns, in the order of the labels; by default <see cref="ClassList.Street"/>.</param>
    /// <param name="trainLimit">At most so many training pictures, the first ones; all by default.</param>
    /// <param name="testLimit">The same for the test pictures.</param>
    /// <exception cref="GpuPoolException">The files are missing or damaged, a class is not among theirs, or a limit is below 1.</exception>
    public DetectionSplits Open(IReadOnlyList<string>? classes = null, int? trainLimit = null, int? testLimit = null)
    {
        DetectionSplits whole = Open(classes ?? ClassList.Street, Reading.Strict);
        return new DetectionSplits(Limited(whole.Train, trainLimit), Limited(whole.Test, testLimit));
    }

    /// <summary>Opens both splits whole, with all classes where none are named, and with a say in what happens to faults.</summary>
    internal DetectionSplits Open(IReadOnlyList<string>? classes, Reading reading)
    {
        if (!Directory.Exists(Folder))
            throw DataFile.Missing(Folder, "does not exist");
        return CocoDetection.Open(Folder, classes, reading);
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => $"{Kind}:{Folder}";

    private static IDetectionDataset Limited(IDetectionDataset dataset, int? limit) => limit switch
    {
        null => dataset,
        < 1 => throw new GpuPoolException(ExitCode.Configuration, $"a limit of {limit} leaves no picture of {dataset.Name}", "Give a limit of at least 1."),
        _ => DetectionSubset.First(dataset, limit.Value),
    };
}
