using System.Globalization;
using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// A row of a table's CSV: axes, measured values, the paper's value, scale. Where nothing was measured the measured columns are empty. Accuracies are
/// shares in [0, 1]; deviations are over seeds, and empty for one seed; <c>best</c> is the best finite epoch by test accuracy, as in the paper, <c>last</c> the
/// last one. <c>diverged_epoch</c> is the epoch of each seed in which training left the finite numbers; empty where there is none. - stands for a seed without such an epoch.
/// </summary>
/// <remarks>The properties are the columns, in this order; scripts depend on them.</remarks>
internal sealed record TableRow
{
    public required string Table { get; init; }
    public required string Network { get; init; }
    public required string Method { get; init; }
    public string Placement { get; init; } = "";
    public required int S1 { get; init; }
    public required string Architecture { get; init; }
    public required double Width { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? BestAccuracy { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? BestAccuracyDeviation { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? LastAccuracy { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? LastAccuracyDeviation { get; init; }
    [JsonConverter(typeof(WholeNumbersConverter))]
    public string? BestEpoch { get; init; }
    [JsonConverter(typeof(WholeNumbersConverter))]
    public string? DivergedEpoch { get; init; }
    public double? FirstLoss { get; init; }
    public double? LastLoss { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? PaperAccuracy { get; init; }
    public required string Preset { get; init; }
    public string? Dataset { get; init; }
    public int? TrainImages { get; init; }
    public int? TestImages { get; init; }
    public int? ImageSize { get; init; }
    public int? Batch { get; init; }
    public int? Epochs { get; init; }
    [JsonConverter(typeof(WholeNumbersConverter))]
    public string? Seeds { get; init; }
    public long? Parameters { get; init; }
    public long? MultiplyAdds { get; init; }
    public long? PeakBytes { get; init; }
    public string? Device { get; init; }
    public string? Revision { get; init; }
    public double? Seconds { get; init; }

    /// <summary>Identifies the cell within a file.</summary>
    [JsonIgnore]
    public string Key => $"{Network}/{Method}/{Placement}/{S1}";

    /// <summary>A check of rows one after the other: a cell has one.</summary>
    public static Func<TableRow, CsvFault?> Once()
    {
        HashSet<string> known = [];
        return row => known.Add(row.Key) ? null : new CsvFault("s1", $"the cell {row.Key} has a line before this one");
    }

    /// <summary>The row of a cell that was not run.</summary>
    public static TableRow Empty(ITable table, TableCell cell, TablePreset preset) => new()
    {
        Table = table.Id,
        Network = cell.Network,
        Method = cell.Method,
        Placement = cell.Placement,
        S1 = cell.FirstStride,
        Architecture = cell.Architecture,
        Width = cell.Width,
        PaperAccuracy = cell.Paper,
        Preset = preset.ToString().ToLowerInvariant(),
    };

    /// <summary>Whether this row has the seeds of another one and more, of the same experiment.</summary>
    public bool HasMoreSeedsThan(TableRow other) =>
        (Dataset, TrainImages, TestImages, ImageSize, Batch, Epochs) == (other.Dataset, other.TrainImages, other.TestImages, other.ImageSize, other.Batch, other.Epochs)
        && Seeds is not null && Seeds.Split(' ').ToHashSet().IsProperSupersetOf(other.Seeds!.Split(' '));

    /// <summary>The row of a cell with the results of its seeds.</summary>
    public TableRow With(IReadOnlyList<CellResult> results)
    {
        CellResult first = results[0];
        return this with
        {
            BestAccuracy = Mean(results, result => result.BestAccuracy),
            BestAccuracyDeviation = Deviation(results, result => result.BestAccuracy),
            LastAccuracy = Mean(results, result => result.LastAccuracy),
            LastAccuracyDeviation = Deviation(results, result => result.LastAccuracy),
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

    private static double Mean(IReadOnlyList<CellResult> results, Func<CellResult, double> value) => Math.Round(results.Average(value), 4);

    private static double? Deviation(IReadOnlyList<CellResult> results, Func<CellResult, double> value)
    {
        if (results.Count < 2)
            return null;
        double mean = results.Average(value);
        return Math.Round(Math.Sqrt(results.Sum(result => Math.Pow(value(result) - mean, 2)) / (results.Count - 1)), 4);
    }

    private static string EpochOfEach(IReadOnlyList<CellResult> results, Func<CellResult, int?> epoch) =>
        string.Join(' ', results.Select(result => epoch(result)?.ToString(CultureInfo.InvariantCulture) ?? "-"));
}
