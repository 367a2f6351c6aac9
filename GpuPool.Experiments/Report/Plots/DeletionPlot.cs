using GpuPool.Experiments.Attribution;
using ScottPlot;
using ScottPlot.Plottables;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>Deletion and insertion curves, a plot for each and a line for each method; pale lines are those of random maps.</summary>
internal static class DeletionPlot
{
    private const int LabelWidth = 56, AreaHeight = 260;

    private const double Paleness = 0.35;

    /// <summary>Draws the curves.</summary>
    /// <param name="title">What the curves are of.</param>
    /// <param name="rows">At least one curve.</param>
    public static Figure Draw(string title, IReadOnlyList<DeletionRow> rows)
    {
        string[] methods = [.. rows.Select(row => row.Method).Distinct()];
        List<(string, Plot)> plots = [];
        foreach (IGrouping<string, DeletionRow> kind in rows.GroupBy(row => row.Curve))
        {
            Plot plot = PlotStyle.Create();
            foreach (IGrouping<(string Method, string Map), DeletionRow> curve in kind.GroupBy(row => (row.Method, row.Map)))
            {
                int series = Array.IndexOf(methods, curve.Key.Method);
                bool isControl = curve.Key.Map == "random";
                Scatter line = plot.Add.Scatter(curve.Select(row => new Coordinates(row.Share, row.Score)).ToArray());
                line.Color = PlotStyle.Colour(series).WithAlpha(isControl ? Paleness : 1);
                line.LineWidth = 1.5f;
                line.MarkerShape = PlotStyle.Marker(series);
                line.MarkerSize = isControl ? 0 : 5;
            }
            double top = Math.Max(0.1, rows.Max(row => row.Score) * 1.05);
            plot.Axes.SetLimits(-0.02, 1.02, -0.02 * top, top);
            plots.Add(($"{kind.Key}: score of the class", plot));
        }
        return new PlotGrid(title, "share of the pixels", plots.Count, LabelWidth, AreaHeight).Draw(plots,
        [
            .. methods.Index().Select(method => new LegendItem
            {
                LabelText = method.Item, LineWidth = 1.5f, LineColor = PlotStyle.Colour(method.Index), MarkerStyle = new MarkerStyle(PlotStyle.Marker(method.Index), 6, PlotStyle.Colour(method.Index)),
            }),
            new LegendItem { LabelText = "pale: a random map", LineWidth = 1.5f, LineColor = Colors.Black.WithAlpha(Paleness) },
        ]);
    }
}
