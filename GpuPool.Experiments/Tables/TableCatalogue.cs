namespace GpuPool.Experiments.Tables;

/// <summary>The tables and figures of the paper, and those of our own.</summary>
internal static class TableCatalogue
{
    /// <summary>The word for the tables of the paper, and those of ours that are as short.</summary>
    public const string All = "all";

    /// <summary>The tables whose cells are trained.</summary>
    public static IReadOnlyList<ITable> Tables { get; } = [new Table2(), new Table3(), new Table4(), new Table5(), new Table7(), new Matched(), new Ranking(), new Distance(), new Figure4()];

    /// <summary>The tables that are counted.</summary>
    public static IReadOnlyList<IAnalysis<object>> Analyses { get; } = [new Table6(), new MemoryTable()];

    /// <summary>All names that the command line knows.</summary>
    public static IReadOnlyList<string> Names => [.. Existing, All];

    private static IEnumerable<string> Existing => [.. Tables.Select(table => table.Id), .. Analyses.Select(table => table.Id)];

    /// <summary>The trained and the counted tables of a name.</summary>
    /// <exception cref="GpuPoolException">The name is unknown (2).</exception>
    public static (ITable[] Tables, IAnalysis<object>[] Analyses) Of(string name)
    {
        if (name == All)
            return ([.. Tables.Where(table => table.IsPartOfAll)], [.. Analyses]);
        return Existing.Contains(name)
            ? ([.. Tables.Where(table => table.Id == name)], [.. Analyses.Where(table => table.Id == name)])
            : throw new GpuPoolException(ExitCode.Usage, $"unknown table '{name}'", UsageError.Known("tables", Names, name));
    }
}
