namespace GpuPool.Experiments.Tables;

/// <summary>The tables and figures of the paper: those that can be reproduced, and the names of those that cannot yet.</summary>
internal static class TableCatalogue
{
    /// <summary>The word for every table that exists.</summary>
    public const string All = "all";

    private static readonly Dictionary<string, string> Later = new()
    {
        ["table3"] = "Visual Wake Words comes with the part on further data sets",
        ["table4"] = "detection on COCO comes with the part on detection",
        ["table5"] = "ImageNet comes with the part on further data sets",
        ["table6"] = "the table of multiply-adds comes with the part on cost; 'gpupool profile' counts them already",
        ["table7"] = "the ablations come with the part on all pooling methods; 'gpupool train' runs single ones already",
        ["figure4"] = "class activation maps come with the part on pictures",
    };

    /// <summary>The tables that exist.</summary>
    public static IReadOnlyList<ITable> Tables { get; } = [new Table2()];

    /// <summary>All names that the command line knows.</summary>
    public static IReadOnlyList<string> Names => [.. Tables.Select(table => table.Id), .. Later.Keys, All];

    /// <summary>The tables of a name.</summary>
    /// <exception cref="GpuPoolException">The name is unknown (2), or its table is not built yet (3).</exception>
    public static IReadOnlyList<ITable> Of(string name)
    {
        if (name == All)
            return Tables;
        if (Tables.FirstOrDefault(table => table.Id == name) is { } table)
            return [table];
        throw Later.TryGetValue(name, out string? part)
            ? new GpuPoolException(
                ExitCode.Configuration, $"{name} is not built yet: {part}", $"What exists: {string.Join(", ", Tables.Select(known => known.Id))}.")
            : new GpuPoolException(ExitCode.Usage, $"unknown table '{name}'", UsageError.Known("tables", Names, name));
    }
}
