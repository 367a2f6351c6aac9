using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>One epoch of one run of a cell of a table of accuracies.</summary>
internal sealed record CurveRow : EpochRow
{
    [JsonConverter(typeof(ShareConverter))]
    public required double TrainAccuracy { get; init; }
    public required double TestLoss { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public required double TestAccuracy { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override double TestScore => TestAccuracy;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsFinite => base.IsFinite && double.IsFinite(TestLoss);

    /// <summary>An epoch of a run of a cell.</summary>
    public static CurveRow Of(CellRow cell, ulong seed, EpochRecord epoch) => new()
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
