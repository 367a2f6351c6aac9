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
    public required double TrainAccuracy { get; init; }
    public required double TestLoss { get; init; }
    public required double TestAccuracy { get; init; }
}
