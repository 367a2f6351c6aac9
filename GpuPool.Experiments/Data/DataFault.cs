namespace GpuPool.Experiments.Data;

/// <summary>What is wrong with a file of a data set.</summary>
/// <param name="File">The file or folder.</param>
/// <param name="Offset">Where in it, in bytes from its start; null where no single place is to blame.</param>
/// <param name="What">The fault, in words that go on from the file's name.</param>
public sealed record DataFault(string File, long? Offset, string What);
