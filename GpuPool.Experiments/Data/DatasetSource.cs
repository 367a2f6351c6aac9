using System.Globalization;
using GpuPool.Experiments.Data.Sharding;

namespace GpuPool.Experiments.Data;

/// <summary>Where pictures come from, as written on the command line: <c>synthetic</c>, <c>stl10:DIR</c>, <c>folder:DIR</c>, <c>vww:DIR</c>, <c>shards:DIR</c> or <c>distance:PIXELS</c>.</summary>
public sealed record DatasetSource
{
    private static readonly string[] Known = ["synthetic", "stl10:DIR", "folder:DIR", "vww:DIR", "shards:DIR", "distance:PIXELS"], WithBoxes = ["coco", "voc"];

    private DatasetSource(string kind, string folder) => (Kind, Folder) = (kind, folder);

    /// <summary>The generated default set, which needs no file.</summary>
    public static DatasetSource Synthetic { get; } = new("synthetic", "");

    /// <summary>The word before the colon.</summary>
    public string Kind { get; }

    /// <summary>What stands behind it: a folder, or the number of pixels of <see cref="DistanceDataset"/>; empty for <c>synthetic</c>.</summary>
    public string Folder { get; }

    /// <summary>How its pictures are prepared where nothing else is said.</summary>
    public Preprocessing Preprocessing => Kind == "vww" ? Preprocessing.Vww : Preprocessing.Stl10;

    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: not one of the known forms.</exception>
    public static DatasetSource Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? text : text[..colon], folder = colon < 0 ? "" : text[(colon + 1)..];
        return (kind, folder.Length > 0) switch
        {
            ("synthetic", false) when colon < 0 => Synthetic,
            ("distance", true) when !int.TryParse(folder, NumberStyles.None, CultureInfo.InvariantCulture, out _) => throw Unknown($"'{text}' does not say a number of pixels"),
            ("stl10" or "folder" or "vww" or "shards" or "distance", true) => new DatasetSource(kind, folder),
            (_, true) when WithBoxes.Contains(kind) => throw Unknown($"'{text}' has boxes for a detector, and no class of each picture"),
            _ => throw Unknown($"'{text}' is not a source of training data"),
        };
    }

    /// <summary>Opens both splits.</summary>
    /// <param name="trainLimit">At most so many training pictures, spread evenly over the classes (<see cref="Subset.Balanced"/>); all by default.</param>
    /// <param name="testLimit">The same for the test pictures.</param>
    /// <param name="decoder">What decodes image files.</param>
    /// <exception cref="GpuPoolException">The files are missing or damaged, or a limit is below 1.</exception>
    public DatasetSplits Open(int? trainLimit = null, int? testLimit = null, DecoderChoice decoder = DecoderChoice.Skia)
    {
        DatasetSplits whole = Open(Reading.Strict with { Decoder = decoder });
        return new DatasetSplits(Limited(whole.Train, trainLimit), Limited(whole.Test, testLimit));
    }

    /// <summary>Opens both splits whole, with a say in what happens to faults.</summary>
    internal DatasetSplits Open(Reading reading) => Kind switch
    {
        "synthetic" => new DatasetSplits(SyntheticDataset.Train(), SyntheticDataset.Test()),
        "distance" => DistanceDataset.Open(int.Parse(Folder, CultureInfo.InvariantCulture)),
        "stl10" => new DatasetSplits(Stl10Dataset.Open(Folder, "train", reading), Stl10Dataset.Open(Folder, "test", reading)),
        "vww" => VisualWakeWords.Open(Folder, reading),
        "shards" => ShardedDataset.Open(Folder, reading),
        _ => ImageFolder.Open(Folder, Kind, reading),
    };

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Folder.Length == 0 ? Kind : $"{Kind}:{Folder}";

    private static IDataset Limited(IDataset dataset, int? limit) => limit switch
    {
        null => dataset,
        < 1 => throw new GpuPoolException(ExitCode.Configuration, $"a limit of {limit} leaves no picture of {dataset.Name}", "Give a limit of at least 1."),
        _ => Subset.Balanced(dataset, limit.Value),
    };

    private static GpuPoolException Unknown(string cause) => new(ExitCode.Configuration, cause, $"Known are {string.Join(", ", Known)}.");
}
