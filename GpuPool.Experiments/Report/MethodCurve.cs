using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report;

/// <summary>One point of a curve: means over the seeds whose values are finite, NaN where none are.</summary>
internal readonly record struct CurvePoint(int Epoch, double TrainLoss, double TestScore);

/// <summary>The runs of a cell as one curve.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Name">Method, with the placement where the network has the method at several.</param>
/// <param name="Seeds">Runs.</param>
/// <param name="Points">By epoch.</param>
/// <param name="Divergence">Which of the runs diverged; empty for none.</param>
internal sealed record MethodCurve(CellKey Cell, string Name, int Seeds, IReadOnlyList<CurvePoint> Points, string Divergence)
{
    /// <summary>The curves of a file by network, in the order of the file.</summary>
    public static ILookup<string, MethodCurve> Of(CurveFile file)
    {
        IReadOnlyDictionary<CellKey, string> divergences = Divergences.Of(file.Rows);
        Dictionary<string, MethodNames> names = file.Rows.GroupBy(row => row.Network)
            .ToDictionary(network => network.Key, network => new MethodNames(network.Select(row => (row.Method, row.Placement))));
        return file.Rows.GroupBy(CellKey.Of).ToLookup(
            cell => cell.Key.Network,
            cell => new MethodCurve(
                cell.Key, names[cell.Key.Network][cell.Key.Method, cell.Key.Placement], cell.Select(row => row.Seed).Distinct().Count(),
                [.. cell.GroupBy(row => row.Epoch).OrderBy(epoch => epoch.Key).Select(Point)], divergences.GetValueOrDefault(cell.Key, "")));
    }

    // The accuracy of an epoch in which a run diverged is that of a broken network.
    private static CurvePoint Point(IGrouping<int, EpochRow> epoch)
    {
        EpochRow[] sound = [.. epoch.Where(row => row.IsFinite)];
        return sound.Length == 0
            ? new CurvePoint(epoch.Key, double.NaN, double.NaN)
            : new CurvePoint(epoch.Key, sound.Average(row => row.TrainLoss), sound.Average(row => row.TestScore));
    }
}
