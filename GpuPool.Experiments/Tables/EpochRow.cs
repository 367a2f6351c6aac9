using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>What one epoch of one run of a cell has in all tables' <c>-curves.csv</c>. The properties are the columns; what a test shows stands at the end.</summary>
internal abstract record EpochRow
{
    private const int Axis = -1;

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
    [JsonPropertyOrder(Axis)]
    public required ulong Seed { get; init; }
    [JsonPropertyOrder(Axis)]
    public required int Epoch { get; init; }
    [JsonPropertyOrder(Axis)]
    public required double LearningRate { get; init; }
    [JsonPropertyOrder(Axis)]
    public required double TrainLoss { get; init; }

    /// <summary>The score of the test, by which networks are compared.</summary>
    [JsonIgnore]
    public abstract double TestScore { get; }

    /// <summary>Whether the epoch is finite, see <see cref="EpochRecord.IsFinite"/>.</summary>
    [JsonIgnore]
    public virtual bool IsFinite => double.IsFinite(TrainLoss);

    /// <summary>Identifies the cell, as <see cref="CellRow.Key"/>.</summary>
    [JsonIgnore]
    public string Key => $"{Network}/{Method}/{Placement}/{S1}";

    /// <summary>A check of rows one after the other: an epoch of a run has one.</summary>
    public static Func<EpochRow, CsvFault?> Once()
    {
        HashSet<(string, ulong, int)> known = [];
        return row => known.Add((row.Key, row.Seed, row.Epoch)) ? null : new CsvFault("epoch", $"epoch {row.Epoch} of {row.Key}, seed {row.Seed}, has a line before this one");
    }
}
