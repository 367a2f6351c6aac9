using GpuPool.Experiments.Tables;
using ScottPlot;
using ScottPlot.Plottables;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>Accuracies of the table of distances, a plot for each s1 and a line for each method over the distance, with bars for the deviation over seeds.</summary>
internal static class DistancePlot
{
    private const int LabelWidth = 56, AreaHeight = 300;

    private const double Chance = 50;

    // The bars of methods stand beside each other, so many pixels of the picture apart.
    private const double Apart = 0.22;

    /// <summary>Draws the lines; null if nothing was measured.</summary>
    public static Figure? Draw(string title, IReadOnlyList<TableRow> rows)
    {
        Dictionary<string, int> distances = Distance.Distances.ToDictionary(Distance.NetworkAt);
        TableRow[] measured = [.. rows.Where(row => row.BestAccuracy is { } accuracy && double.IsFinite(accuracy) && distances.ContainsKey(row.Network))];
        if (measured.Length == 0)
            return null;
        string[] methods = [.. measured.Select(row => row.Method).Distinct()];
        List<(string, Plot)> plots = [];
        foreach (IGrouping<int, TableRow> stride in measured.GroupBy(row => row.S1).OrderBy(stride => stride.Key))
        {
            Plot plot = PlotStyle.Create();
            plot.Add.HorizontalLine(Chance, 1, Colors.Black.WithAlpha(0.3));
            foreach (IGrouping<string, TableRow> method in stride.GroupBy(row => row.Method))
            {
                int series = Array.IndexOf(methods, method.Key);
                double Place(TableRow row) => distances[row.Network] + Apart * (series - (methods.Length - 1) / 2.0);
                Color colour = PlotStyle.Colour(series);
                Scatter line = plot.Add.Scatter(method.Select(row => new Coordinates(Place(row), 100 * row.BestAccuracy!.Value)).ToArray());
                line.Color = colour;
                line.LineWidth = 1.5f;
                line.MarkerShape = PlotStyle.Marker(series);
                line.MarkerSize = 6;
                foreach (TableRow row in method.Where(row => row.BestAccuracyDeviation is > 0))
                {
                    double middle = 100 * row.BestAccuracy!.Value, reach = 100 * row.BestAccuracyDeviation!.Value;
                    plot.Add.Line(Place(row), Math.Max(0, middle - reach), Place(row), Math.Min(100, middle + reach)).LineStyle = new LineStyle(1.2f, colour.WithAlpha(0.4));
                }
            }
            plot.Axes.SetLimits(0, distances.Values.Max() + 2, 40, 102);
            plots.Add(($"s1 = {stride.Key}", plot));
        }
        return new PlotGrid($"{title}: test accuracy of the best epoch, %", "distance of the two parts, pixels", plots.Count, LabelWidth, AreaHeight).Draw(plots, methods.Index().Select(method => new LegendItem
        {
            LabelText = method.Item,
            LineWidth = 1.5f,
            LineColor = PlotStyle.Colour(method.Index),
            MarkerStyle = new MarkerStyle(PlotStyle.Marker(method.Index), 6, PlotStyle.Colour(method.Index)),
        }));
    }
}
