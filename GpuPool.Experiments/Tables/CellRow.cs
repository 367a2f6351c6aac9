using System.Globalization;
using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// What rows of all tables have: axes, epochs and losses, scale. Where nothing was measured the measured columns are empty; deviations are over seeds, and empty for one seed.
/// <c>best</c> is the best finite epoch by the score of its test, as in the paper, <c>last</c> the last one. <c>diverged_epoch</c> is the epoch of each seed in which training
/// left the finite numbers; empty where there is none. - stands for a seed without such an epoch.
/// </summary>
/// <remarks>The properties are the columns; scripts depend on them and on their order: what is measured stands between axes and scale.</remarks>
internal abstract record CellRow
{
    private const int Axis = -1, Course = 1, Scale = 3;

    /// <summary>The place of the paper's values among the columns: behind losses, before the scale.</summary>
    protected const int Paper = 2;

    [JsonPropertyOrder(Axis)]
    public required string Table { get; init; }
    [JsonPropertyOrder(Axis)]
    public required string Network { get; init; }
    [JsonPropertyOrder(Axis)]
    public required string Method { get; init; }
    [JsonPropertyOrder(Axis)]
    public string Placement { get; init; } = "";
    [JsonPropertyOrder(Axis)]
    public required int S1 { get; init; }
    [JsonPropertyOrder(Axis)]
    public required string Architecture { get; init; }
    [JsonPropertyOrder(Axis)]
    public required double Width { get; init; }
    [JsonPropertyOrder(Course), JsonConverter(typeof(WholeNumbersConverter))]
    public string? BestEpoch { get; init; }
    [JsonPropertyOrder(Course), JsonConverter(typeof(WholeNumbersConverter))]
    public string? DivergedEpoch { get; init; }
    [JsonPropertyOrder(Course)]
    public double? FirstLoss { get; init; }
    [JsonPropertyOrder(Course)]
    public double? LastLoss { get; init; }
    [JsonPropertyOrder(Scale)]
    public required string Preset { get; init; }
    [JsonPropertyOrder(Scale)]
    public string? Dataset { get; init; }
    [JsonPropertyOrder(Scale)]
    public int? TrainImages { get; init; }
    [JsonPropertyOrder(Scale)]
    public int? TestImages { get; init; }
    [JsonPropertyOrder(Scale)]
    public int? ImageSize { get; init; }
    [JsonPropertyOrder(Scale)]
    public int? Batch { get; init; }
    [JsonPropertyOrder(Scale)]
    public int? Epochs { get; init; }
    [JsonPropertyOrder(Scale), JsonConverter(typeof(WholeNumbersConverter))]
    public string? Seeds { get; init; }
    [JsonPropertyOrder(Scale)]
    public long? Parameters { get; init; }
    [JsonPropertyOrder(Scale)]
    public long? MultiplyAdds { get; init; }
    [JsonPropertyOrder(Scale)]
    public long? PeakBytes { get; init; }
    [JsonPropertyOrder(Scale)]
    public string? Device { get; init; }
    [JsonPropertyOrder(Scale)]
    public string? Revision { get; init; }
    [JsonPropertyOrder(Scale)]
    public double? Seconds { get; init; }

    /// <summary>Mean of the score by which networks are compared, of the best epochs; null where nothing was measured.</summary>
    [JsonIgnore]
    public abstract double? BestScore { get; }

    /// <summary>Its deviation over the seeds.</summary>
    [JsonIgnore]
    public abstract double? BestScoreDeviation { get; }

    /// <summary>The same of the last epochs.</summary>
    [JsonIgnore]
    public abstract double? LastScore { get; }

    /// <summary>What the paper prints.</summary>
    [JsonIgnore]
    public abstract double? PaperScore { get; }

    /// <summary>Identifies the cell within a file.</summary>
    [JsonIgnore]
    public string Key => $"{Network}/{Method}/{Placement}/{S1}";

    /// <summary>A check of rows one after the other: a cell has one.</summary>
    public static Func<CellRow, CsvFault?> Once()
    {
        HashSet<string> known = [];
        return row => known.Add(row.Key) ? null : new CsvFault("s1", $"the cell {row.Key} has a line before this one");
    }

    /// <summary>With what the paper prints of this cell.</summary>
    public abstract CellRow WithPaper(TableCell cell);

    /// <summary>The row with the results of a cell's seeds.</summary>
    public CellRow With(IReadOnlyList<CellResult> results)
    {
        CellResult first = results[0];
        return WithScores(results) with
        {
            BestEpoch = EpochOfEach(results, result => result.BestEpoch),
            DivergedEpoch = results.Any(result => result.DivergedEpoch is not null) ? EpochOfEach(results, result => result.DivergedEpoch) : null,
            FirstLoss = Mean(results, result => result.FirstLoss),
            LastLoss = Mean(results, result => result.LastLoss),
            Dataset = first.Dataset,
            TrainImages = first.TrainImages,
            TestImages = first.TestImages,
            ImageSize = first.Config.Size,
            Batch = first.Config.Batch,
            Epochs = first.Config.Epochs,
            Seeds = string.Join(' ', results.Select(result => result.Config.Seed)),
            Parameters = first.Parameters,
            MultiplyAdds = first.MultiplyAdds,
            PeakBytes = results.Max(result => result.PeakBytes),
            Device = first.Device,
            Revision = first.Revision,
            Seconds = Math.Round(results.Sum(result => result.Seconds), 1),
        };
    }

    /// <summary>Whether this row has the seeds of another one and more, of the same experiment.</summary>
    public bool HasMoreSeedsThan(CellRow other) =>
        (Dataset, TrainImages, TestImages, ImageSize, Batch, Epochs) == (other.Dataset, other.TrainImages, other.TestImages, other.ImageSize, other.Batch, other.Epochs)
        && Seeds is not null && Seeds.Split(' ').ToHashSet().IsProperSupersetOf(other.Seeds!.Split(' '));

    /// <summary>With the scores that the seeds of a cell reached.</summary>
    protected abstract CellRow WithScores(IReadOnlyList<CellResult> results);

    /// <summary>Mean over the seeds, to four decimals.</summary>
    protected static double Mean(IReadOnlyList<CellResult> results, Func<CellResult, double> value) => Math.Round(results.Average(value), 4);

    /// <summary>Standard deviation over the seeds, to four decimals; null for one.</summary>
    protected static double? Deviation(IReadOnlyList<CellResult> results, Func<CellResult, double> value)
    {
        if (results.Count < 2)
            return null;
        double mean = results.Average(value);
        return Math.Round(Math.Sqrt(results.Sum(result => Math.Pow(value(result) - mean, 2)) / (results.Count - 1)), 4);
    }

    private static string EpochOfEach(IReadOnlyList<CellResult> results, Func<CellResult, int?> epoch) =>
        string.Join(' ', results.Select(result => epoch(result)?.ToString(CultureInfo.InvariantCulture) ?? "-"));
}
