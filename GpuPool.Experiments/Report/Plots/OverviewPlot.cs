using GpuPool.Experiments.Tables;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>
/// Accuracies of a network, a plot for each s1 and a line for each method: a dot for our mean, a cross where a run diverged, with a bar for the deviation over seeds, a ring for the paper's value,
/// and an upright line at the mean of the paper's own method, to compare the others with.
/// </summary>
internal static class OverviewPlot
{
    private const int LabelWidth = 170, LineHeight = 20;
    private const float DotSize = 7, RingSize = 11;

    // Half the height of a bar's ends, as a share of a line: more than a dot, so that a short bar is seen.
    private const double BarEnd = 0.3;

    /// <summary>Draws the dots; null if nothing was measured. Methods without any value have no line.</summary>
    public static Figure? Draw(string title, IReadOnlyList<TableRow> rows)
    {
        if (!rows.Any(row => IsShown(row.BestAccuracy)))
            return null;
        TableRow[] shown = [.. rows.Where(row => IsShown(row.BestAccuracy) || IsShown(row.PaperAccuracy))];
        var names = new MethodNames(shown.Select(row => (row.Method, row.Placement)));
        string[] lines = [.. shown.Select(row => names[row.Method, row.Placement]).Distinct()];
        double[] values = [.. shown.SelectMany(Values)];
        double margin = Math.Max(1, 0.05 * (values.Max() - values.Min()));
        List<(string Heading, Plot Plot)> plots = [];
        foreach (IGrouping<int, TableRow> stride in shown.GroupBy(row => row.S1).OrderBy(stride => stride.Key))
        {
            Plot plot = PlotStyle.Create();
            plot.Axes.SetLimits(values.Min() - margin, values.Max() + margin, 0.5 - lines.Length, 0.5);
            plot.Axes.Left.TickGenerator = new NumericManual([.. lines.Select((name, index) => new Tick(-index, name))]);
            plot.Axes.Left.MajorTickStyle.Length = 0;
            foreach (TableRow row in stride.Where(row => row.Method == MethodNames.OfPaper && IsShown(row.BestAccuracy)))
                plot.Add.VerticalLine(100 * row.BestAccuracy!.Value, 1, Colour(row).WithAlpha(0.5));
            foreach (TableRow row in stride)
                AddDot(plot, row, -lines.IndexOf(names[row.Method, row.Placement]));
            plots.Add(($"s1 = {stride.Key}", plot));
        }
        return new PlotGrid(title, "test accuracy of the best epoch, %", plots.Count, LabelWidth, LineHeight * lines.Length).Draw(plots, Legend(shown));
    }

    private static bool IsShown(double? accuracy) => accuracy is { } value && double.IsFinite(value);

    private static double Deviation(TableRow row) => IsShown(row.BestAccuracyDeviation) ? 100 * row.BestAccuracyDeviation!.Value : 0;

    private static IEnumerable<double> Values(TableRow row)
    {
        if (IsShown(row.PaperAccuracy))
            yield return 100 * row.PaperAccuracy!.Value;
        if (!IsShown(row.BestAccuracy))
            yield break;
        yield return 100 * row.BestAccuracy!.Value - Deviation(row);
        yield return 100 * row.BestAccuracy!.Value + Deviation(row);
    }

    private static Color Colour(TableRow row) => PlotStyle.Colour(MethodNames.IsOfPaper(row.Method) ? 1 : 0);

    private static void AddDot(Plot plot, TableRow row, double height)
    {
        Color colour = Colour(row);
        if (IsShown(row.PaperAccuracy))
            plot.Add.Marker(100 * row.PaperAccuracy!.Value, height, MarkerShape.OpenCircle, RingSize, colour).MarkerLineWidth = 1.4f;
        if (!IsShown(row.BestAccuracy))
            return;
        double middle = 100 * row.BestAccuracy!.Value, deviation = Deviation(row);
        plot.Add.Marker(middle, height, row.DivergedEpoch is null ? MarkerShape.FilledCircle : MarkerShape.Eks, DotSize, colour).MarkerLineWidth = 1.4f;
        if (deviation == 0)
            return;
        var bar = new LineStyle(1.6f, colour);
        plot.Add.Line(middle - deviation, height, middle + deviation, height).LineStyle = bar;
        foreach (double end in new[] { middle - deviation, middle + deviation })
            plot.Add.Line(end, height - BarEnd, end, height + BarEnd).LineStyle = bar;
    }

    private static IEnumerable<LegendItem> Legend(TableRow[] rows)
    {
        yield return Item(rows.Any(row => Deviation(row) > 0) ? "ours, with the standard deviation over seeds" : "ours", MarkerShape.FilledCircle, DotSize);
        if (rows.Any(row => row.DivergedEpoch is not null))
            yield return Item("a run diverged", MarkerShape.Eks, DotSize);
        if (rows.Any(row => IsShown(row.PaperAccuracy)))
            yield return Item("the paper's", MarkerShape.OpenCircle, RingSize);
        if (rows.Any(row => row.Method == MethodNames.OfPaper && IsShown(row.BestAccuracy)))
            yield return new LegendItem { LabelText = $"our {MethodNames.OfPaper}, for comparison", LineWidth = 1, LineColor = PlotStyle.Colour(1) };
    }

    private static LegendItem Item(string text, MarkerShape shape, float size) =>
        new() { LabelText = text, MarkerStyle = new MarkerStyle(shape, size, PlotStyle.Colour(0)) { LineWidth = 1.4f, LineColor = PlotStyle.Colour(0) } };
}
