using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report;

/// <summary>Which runs left the finite numbers, and when: the first epoch that is not finite.</summary>
internal static class Divergences
{
    /// <summary>For each cell with such a run a sentence part, for example <c>diverged at epoch 3 (seed 1), 1 (seed 2)</c>.</summary>
    public static IReadOnlyDictionary<CellKey, string> Of(IEnumerable<EpochRow> curves) => (
        from row in curves
        where !row.IsFinite
        group row by (Cell: CellKey.Of(row), row.Seed) into run
        orderby run.Key.Seed
        group $"{run.Min(row => row.Epoch)} (seed {run.Key.Seed})" by run.Key.Cell)
        .ToDictionary(cell => cell.Key, cell => $"diverged at epoch {string.Join(", ", cell)}");

    /// <summary>The same for a table: what its curves show and, for cells without curves, what its column <c>diverged_epoch</c> says.</summary>
    public static IReadOnlyDictionary<CellKey, string> Of(IEnumerable<CellRow> rows, IEnumerable<EpochRow> curves)
    {
        var all = Of(curves).ToDictionary();
        foreach (CellRow row in rows.Where(row => row.DivergedEpoch is not null))
            all.TryAdd(CellKey.Of(row), $"diverged at epoch {row.DivergedEpoch}");
        return all;
    }
}
