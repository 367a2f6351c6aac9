namespace GpuPool.Experiments.Storage;

/// <summary>What is wrong with a record of a CSV.</summary>
/// <param name="Column">The column to look at.</param>
/// <param name="What">The fault, without a full stop.</param>
internal sealed record CsvFault(string Column, string What);
