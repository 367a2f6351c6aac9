using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// A row of a table of average precisions, which are shares in [0, 1]: <c>map</c> is the mean over the thresholds of overlap from 0.5 to 0.95, and <c>map_50</c> and
/// <c>map_75</c> are at one. All are of the epoch with the best <c>map</c>. Empty where the test pictures have no object of a size.
/// </summary>
/// <inheritdoc cref="CellRow" path="/remarks"/>
internal sealed record PrecisionRow : CellRow
{
    [JsonConverter(typeof(ShareConverter))]
    public double? BestMap { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? BestMapDeviation { get; init; }
    [JsonPropertyName("best_map_50"), JsonConverter(typeof(ShareConverter))]
    public double? BestMap50 { get; init; }
    [JsonPropertyName("best_map_75"), JsonConverter(typeof(ShareConverter))]
    public double? BestMap75 { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? BestMapLarge { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? BestMapMedium { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? BestMapSmall { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? LastMap { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? LastMapDeviation { get; init; }
    [JsonPropertyOrder(Paper), JsonConverter(typeof(ShareConverter))]
    public double? PaperMap { get; init; }
    [JsonPropertyName("paper_map_50"), JsonPropertyOrder(Paper), JsonConverter(typeof(ShareConverter))]
    public double? PaperMap50 { get; init; }
    [JsonPropertyName("paper_map_75"), JsonPropertyOrder(Paper), JsonConverter(typeof(ShareConverter))]
    public double? PaperMap75 { get; init; }
    [JsonPropertyOrder(Paper), JsonConverter(typeof(ShareConverter))]
    public double? PaperMapLarge { get; init; }
    [JsonPropertyOrder(Paper), JsonConverter(typeof(ShareConverter))]
    public double? PaperMapMedium { get; init; }
    [JsonPropertyOrder(Paper), JsonConverter(typeof(ShareConverter))]
    public double? PaperMapSmall { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override double? BestScore => BestMap;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double? BestScoreDeviation => BestMapDeviation;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double? LastScore => LastMap;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double? PaperScore => PaperMap;

    /// <summary>The six columns of the paper in its order, ours and the paper's.</summary>
    [JsonIgnore]
    public IReadOnlyList<(string Name, double? Ours, double? Paper)> Columns =>
    [
        ("mAP@0.5", BestMap50, PaperMap50), ("mAP@0.75", BestMap75, PaperMap75), ("mAP@[0.5, 0.95]", BestMap, PaperMap),
        ("large", BestMapLarge, PaperMapLarge), ("medium", BestMapMedium, PaperMapMedium), ("small", BestMapSmall, PaperMapSmall),
    ];

    /// <summary>The row of a cell that was not run.</summary>
    public static PrecisionRow Empty(ITable table, TableCell cell, TablePreset preset) => (PrecisionRow)new PrecisionRow
    {
        Table = table.Id,
        Network = cell.Network,
        Method = cell.Method,
        Placement = cell.Placement,
        S1 = cell.FirstStride,
        Architecture = cell.Architecture,
        Width = cell.Width,
        Preset = preset.ToString().ToLowerInvariant(),
    }.WithPaper(cell);

    /// <inheritdoc/>
    public override CellRow WithPaper(TableCell cell)
    {
        double?[] paper = [.. PaperOf(Table, cell)];
        return paper.Length == 0
            ? this with { PaperMap50 = null, PaperMap75 = null, PaperMap = null, PaperMapLarge = null, PaperMapMedium = null, PaperMapSmall = null }
            : this with { PaperMap50 = paper[0], PaperMap75 = paper[1], PaperMap = paper[2], PaperMapLarge = paper[3], PaperMapMedium = paper[4], PaperMapSmall = paper[5] };
    }

    /// <summary>The paper's mean over the overlaps from 0.5 to 0.95; null where it prints none.</summary>
    public static double? PaperMean(string table, TableCell cell) => PaperOf(table, cell).ElementAtOrDefault(2);

    /// <inheritdoc/>
    protected override CellRow WithScores(IReadOnlyList<CellResult> results) => this with
    {
        BestMap = Mean(results, result => result.BestScore),
        BestMapDeviation = Deviation(results, result => result.BestScore),
        BestMap50 = Best(results, "map_50"),
        BestMap75 = Best(results, "map_75"),
        BestMapLarge = Best(results, "map_large"),
        BestMapMedium = Best(results, "map_medium"),
        BestMapSmall = Best(results, "map_small"),
        LastMap = Mean(results, result => result.LastScore),
        LastMapDeviation = Deviation(results, result => result.LastScore),
    };

    private static IEnumerable<double?> PaperOf(string table, TableCell cell) =>
        PaperValues.Of(table, TableCell.LineName(cell.Network, cell.Method, "")).Select(percent => (double?)(double)(percent / 100));

    private static double? Best(IReadOnlyList<CellResult> results, string measure)
    {
        double mean = Mean(results, result => result.BestTest[measure]);
        return double.IsNaN(mean) ? null : mean;
    }
}
