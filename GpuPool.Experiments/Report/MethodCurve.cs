using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report;

/// <summary>One point of a curve: means over the seeds for which the value is finite, NaN where it is for none.</summary>
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

    private static CurvePoint Point(IGrouping<int, CurveRow> epoch) =>
        new(epoch.Key, FiniteMean(epoch.Select(row => row.TrainLoss)), FiniteMean(epoch.Select(row => row.TestAccuracy)));

    private static double FiniteMean(IEnumerable<double> values) => values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
