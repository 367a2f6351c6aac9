using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Tables;

/// <summary>A row of a table of accuracies, which are shares in [0, 1].</summary>
/// <inheritdoc cref="CellRow" path="/remarks"/>
internal sealed record TableRow : CellRow
{
    [JsonConverter(typeof(ShareConverter))]
    public double? BestAccuracy { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? BestAccuracyDeviation { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? LastAccuracy { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? LastAccuracyDeviation { get; init; }
    [JsonPropertyOrder(Paper), JsonConverter(typeof(ShareConverter))]
    public double? PaperAccuracy { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override double? BestScore => BestAccuracy;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double? BestScoreDeviation => BestAccuracyDeviation;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double? LastScore => LastAccuracy;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double? PaperScore => PaperAccuracy;

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

    /// <inheritdoc/>
    public override CellRow WithPaper(TableCell cell) => this with { PaperAccuracy = cell.Paper };

    /// <inheritdoc/>
    protected override CellRow WithScores(IReadOnlyList<CellResult> results) => this with
    {
        BestAccuracy = Mean(results, result => result.BestScore),
        BestAccuracyDeviation = Deviation(results, result => result.BestScore),
        LastAccuracy = Mean(results, result => result.LastScore),
        LastAccuracyDeviation = Deviation(results, result => result.LastScore),
    };
}
