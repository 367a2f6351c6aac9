using GpuPool.Experiments.Tables;
using ScottPlot;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>
/// Accuracies of a table, a line of dots for each network and method: a colour and a shape for each s1, with a bar for the deviation over seeds, and a hollow
/// mark for the paper's value.
/// </summary>
internal static class OverviewPlot
{
    private const int Width = 860, LineHeight = 26, Frame = 110;
    private const float MarkSize = 9;

    // Share of a line over which the dots of its strides are spread.
    private const double Spread = 0.6;

    /// <summary>Draws the dots; null if there is no value to show.</summary>
    public static Figure? Draw(string title, IReadOnlyList<TableRow> rows)
    {
        if (!rows.Any(row => IsShown(row.BestAccuracy) || IsShown(row.PaperAccuracy)))
            return null;
        Plot plot = PlotStyle.Create(title, "test accuracy of the best epoch, % (hollow: the paper)", "");
        int[] strides = [.. rows.Select(row => row.S1).Distinct().Order()];
        var lines = new OverviewLines(rows);
        foreach ((int index, int stride) in strides.Index())
        {
            double offset = strides.Length > 1 ? Spread * (0.5 - (double)index / (strides.Length - 1)) : 0;
            AddDots(plot, [.. rows.Where(row => row.S1 == stride)], row => lines[row] + offset, index);
        }
        lines.Label(plot);
        plot.Axes.Margins(0.04, 0);
        plot.Axes.SetLimitsY(-lines.Count + 0.5, 0.5);
        plot.ShowLegend(Edge.Top).Legend.Orientation = Orientation.Horizontal;
        return new Figure(Width, Frame + LineHeight * lines.Count, canvas => plot.Render(canvas, Width, Frame + LineHeight * lines.Count));
    }

    private static bool IsShown(double? accuracy) => accuracy is { } value && double.IsFinite(value);

    private static void AddDots(Plot plot, TableRow[] rows, Func<TableRow, double> height, int series)
    {
        Color colour = PlotStyle.Colour(series);
        (MarkerShape filled, MarkerShape open) = PlotStyle.Marker(series);
        TableRow[] measured = [.. rows.Where(row => IsShown(row.BestAccuracy))], known = [.. rows.Where(row => IsShown(row.PaperAccuracy))];
        TableRow[] spread = [.. measured.Where(row => IsShown(row.BestAccuracyDeviation))];
        foreach (TableRow row in spread)
        {
            double middle = 100 * row.BestAccuracy!.Value, deviation = 100 * row.BestAccuracyDeviation!.Value;
            plot.Add.Line(middle - deviation, height(row), middle + deviation, height(row)).LineStyle = new LineStyle(1.6f, colour);
        }
        plot.Add.Markers(known.Select(row => new Coordinates(100 * row.PaperAccuracy!.Value, height(row))).ToArray(), open, MarkSize, colour).MarkerLineWidth = 1.4f;
        plot.Add.Markers(measured.Select(row => new Coordinates(100 * row.BestAccuracy!.Value, height(row))).ToArray(), filled, MarkSize, colour)
            .LegendText = $"s1 = {rows[0].S1}";
    }
}
