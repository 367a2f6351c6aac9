namespace GpuPool.Experiments.Tables;

/// <summary>The tables and figures of the paper: those that can be reproduced, and the names of those that cannot yet.</summary>
internal static class TableCatalogue
{
    /// <summary>The word for every table that exists.</summary>
    public const string All = "all";

    private static readonly Dictionary<string, string> Later = new()
    {
        ["figure4"] = "class activation maps come with the part on pictures",
    };

    /// <summary>The tables whose cells are trained.</summary>
    public static IReadOnlyList<ITable> Tables { get; } = [new Table2(), new Table3(), new Table4(), new Table5(), new Table7(), new Matched(), new Ranking()];

    /// <summary>The tables that are counted.</summary>
    public static IReadOnlyList<IAnalysis<object>> Analyses { get; } = [new Table6(), new MemoryTable()];

    /// <summary>All names that the command line knows.</summary>
    public static IReadOnlyList<string> Names => [.. Existing, .. Later.Keys, All];

    private static IEnumerable<string> Existing => [.. Tables.Select(table => table.Id), .. Analyses.Select(table => table.Id)];

    /// <summary>The trained and the counted tables of a name.</summary>
    /// <exception cref="GpuPoolException">The name is unknown (2), or its table is not built yet (3).</exception>
    public static (ITable[] Tables, IAnalysis<object>[] Analyses) Of(string name)
    {
        bool IsNamed(string id) => name == All || name == id;
        if (name == All || Existing.Contains(name))
            return ([.. Tables.Where(table => IsNamed(table.Id))], [.. Analyses.Where(table => IsNamed(table.Id))]);
        throw Later.TryGetValue(name, out string? part)
            ? new GpuPoolException(
                ExitCode.Configuration, $"{name} is not built yet: {part}", $"What exists: {string.Join(", ", Existing)}.")
            : new GpuPoolException(ExitCode.Usage, $"unknown table '{name}'", UsageError.Known("tables", Names, name));
    }
}
