using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>One epoch of one run of a cell of a table of average precisions.</summary>
internal sealed record PrecisionCurveRow : EpochRow
{
    [JsonConverter(typeof(ShareConverter))]
    public double? TestMap { get; init; }
    [JsonPropertyName("test_map_50"), JsonConverter(typeof(ShareConverter))]
    public double? TestMap50 { get; init; }
    [JsonPropertyName("test_map_75"), JsonConverter(typeof(ShareConverter))]
    public double? TestMap75 { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? TestMapLarge { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? TestMapMedium { get; init; }
    [JsonConverter(typeof(ShareConverter))]
    public double? TestMapSmall { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override double TestScore => TestMap ?? double.NaN;

    /// <summary>An epoch of a run of a cell.</summary>
    public static PrecisionCurveRow Of(CellRow cell, ulong seed, EpochRecord epoch)
    {
        return new PrecisionCurveRow
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
            TestMap = Test("map"),
            TestMap50 = Test("map_50"),
            TestMap75 = Test("map_75"),
            TestMapLarge = Test("map_large"),
            TestMapMedium = Test("map_medium"),
            TestMapSmall = Test("map_small"),
        };

        double? Test(string measure) => double.IsNaN(epoch.Test[measure]) ? null : epoch.Test[measure];
    }
}
