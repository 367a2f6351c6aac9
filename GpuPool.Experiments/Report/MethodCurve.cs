using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report;

/// <summary>One point of a curve: means over the seeds whose values are finite, NaN where none are.</summary>
internal readonly record struct CurvePoint(int Epoch, double TrainLoss, double TestAccuracy);

/// <summary>The runs of a cell as one curve.</summary>
/// <param name="Name">Method, with the placement where the file has the method at several.</param>
/// <param name="Style">Number of the method within the file: the same line in all plots.</param>
/// <param name="Seeds">Runs.</param>
/// <param name="Points">By epoch.</param>
/// <param name="Divergence">Which of the runs diverged; empty for none.</param>
internal sealed record MethodCurve(string Name, int Style, int Seeds, IReadOnlyList<CurvePoint> Points, string Divergence)
{
    /// <summary>The curves of a file by network and s1, in the order of the file.</summary>
    public static ILookup<(string Network, int S1), MethodCurve> Of(CurveFile file)
    {
        IReadOnlyDictionary<CellKey, string> divergences = Divergences.Of(file.Rows);
        (string Method, string Placement)[] methods = [.. file.Rows.Select(row => (row.Method, row.Placement)).Distinct()];
        Dictionary<string, int> styles = methods.Select(method => Name(method.Method, method.Placement)).Distinct().Index().ToDictionary(style => style.Item, style => style.Index);
        return file.Rows.GroupBy(CellKey.Of).ToLookup(
            cell => (cell.Key.Network, cell.Key.S1),
            cell => new MethodCurve(
                Name(cell.Key.Method, cell.Key.Placement), styles[Name(cell.Key.Method, cell.Key.Placement)], cell.Select(row => row.Seed).Distinct().Count(),
                [.. cell.GroupBy(row => row.Epoch).OrderBy(epoch => epoch.Key).Select(Point)], divergences.GetValueOrDefault(cell.Key, "")));

        // The placement of strided convolution is empty.
        string Name(string method, string placement) =>
            methods.Count(other => other.Method == method) > 1 && placement.Length > 0 ? $"{method} ({placement})" : method;
    }

    // The accuracy of an epoch in which a run diverged is that of a broken network.
    private static CurvePoint Point(IGrouping<int, CurveRow> epoch)
    {
        CurveRow[] sound = [.. epoch.Where(row => double.IsFinite(row.TrainLoss) && double.IsFinite(row.TestAccuracy))];
        return sound.Length == 0
            ? new CurvePoint(epoch.Key, double.NaN, double.NaN)
            : new CurvePoint(epoch.Key, sound.Average(row => row.TrainLoss), sound.Average(row => row.TestAccuracy));
    }
}
