namespace GpuPool.Experiments.Tables;

/// <summary>What identifies a cell in a table and in its curves.</summary>
internal readonly record struct CellKey(string Network, string Method, string Placement, int S1)
{
    /// <summary>The cell of a row of a table.</summary>
    public static CellKey Of(CellRow row) => new(row.Network, row.Method, row.Placement, row.S1);

    /// <summary>The cell of a row of curves.</summary>
    public static CellKey Of(EpochRow row) => new(row.Network, row.Method, row.Placement, row.S1);
}
