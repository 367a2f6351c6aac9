using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>One epoch of one run of a cell, as a row of a table's <c>-curves.csv</c>. The properties are the columns, in this order.</summary>
internal sealed record CurveRow
{
    public required string Table { get; init; }
    public required string Network { get; init; }
    public required string Method { get; init; }
    public string Placement { get; init; } = "";
    public required int S1 { get; init; }
    public required string Architecture { get; init; }
    public required double Width { get; init; }
    public required ulong Seed { get; init; }
    public required int Epoch { get; init; }
    public required double LearningRate { get; init; }
    public required double TrainLoss { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public required double TrainAccuracy { get; init; }
    public required double TestLoss { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public required double TestAccuracy { get; init; }

    /// <summary>Whether the epoch is finite, see <see cref="EpochRecord.IsFinite"/>.</summary>
    [JsonIgnore]
    public bool IsFinite => double.IsFinite(TrainLoss) && double.IsFinite(TestLoss);

    /// <summary>Identifies the cell, as <see cref="TableRow.Key"/>.</summary>
    [JsonIgnore]
    public string Key => $"{Network}/{Method}/{Placement}/{S1}";

    /// <summary>A check of rows one after the other: an epoch of a run has one.</summary>
    public static Func<CurveRow, CsvFault?> Once()
    {
        HashSet<(string, ulong, int)> known = [];
        return row => known.Add((row.Key, row.Seed, row.Epoch)) ? null : new CsvFault("epoch", $"epoch {row.Epoch} of {row.Key}, seed {row.Seed}, has a line before this one");
    }

    /// <summary>An epoch of a run of a cell.</summary>
    public static CurveRow Of(TableRow cell, ulong seed, EpochRecord epoch) => new()
    {
        Table = cell.Table,
        Network = cell.Network,
        Method = cell.Method,
        Placement = cell.Placement,
        S1 = cell.S1,
        Architecture = cell.Architecture,
        Width = cell.Width,
        Seed = seed,
        Epoch = epoch.Epoch,
        LearningRate = epoch.LearningRate,
        TrainLoss = epoch.Train.Loss,
        TrainAccuracy = epoch.Train[Classification.Accuracy],
        TestLoss = epoch.Test.Loss,
        TestAccuracy = epoch.Test[Classification.Accuracy],
    };
}
