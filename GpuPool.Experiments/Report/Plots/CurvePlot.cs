using ScottPlot;
using ScottPlot.Plottables;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>
/// The learning curves of a network, a plot for each method and a line for each s1. Pale lines repeat the paper's own method, at the same placement where it has
/// been run there, to compare the others with.
/// </summary>
internal static class CurvePlot
{
    private const int LabelWidth = 56, AreaHeight = 112, FewestColumns = 3, MostColumns = 6;

    // A run about to diverge must not flatten the others: nothing above so many times the largest first loss is shown.
    private const double MostOfFirstLoss = 2;

    private const double Paleness = 0.3;

    // Few enough points to mark each.
    private const int MostMarked = 12;

    /// <summary>Draws the score of the test by epoch.</summary>
    /// <param name="title">What the curves are of.</param>
    /// <param name="score">What the score is.</param>
    /// <param name="curves">At least one.</param>
    public static Figure Score(string title, string score, IReadOnlyList<MethodCurve> curves)
    {
        double[] values = [.. curves.SelectMany(curve => curve.Points).Select(point => 100 * point.TestScore).Where(double.IsFinite).DefaultIfEmpty(0)];
        double margin = Math.Max(1, 0.05 * (values.Max() - values.Min()));
        return Draw($"{title}: test {score}, %", curves, point => 100 * point.TestScore, Math.Max(0, values.Min() - margin), values.Max() + margin);
    }

    /// <summary>Draws the training loss by epoch.</summary>
    /// <param name="title">What the curves are of.</param>
    /// <param name="loss">What the loss is.</param>
    /// <param name="curves">At least one.</param>
    public static Figure Loss(string title, string loss, IReadOnlyList<MethodCurve> curves)
    {
        double[] losses = [.. curves.SelectMany(curve => curve.Points).Select(point => point.TrainLoss).Where(double.IsFinite)];
        double first = curves.Select(curve => curve.Points[0].TrainLoss).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        double top = Math.Min(losses.DefaultIfEmpty(1).Max(), MostOfFirstLoss * first);
        return Draw($"{title}: training loss, {loss}", curves, point => point.TrainLoss, 0, top > 0 ? 1.05 * top : 1);
    }

    private static Figure Draw(string title, IReadOnlyList<MethodCurve> curves, Func<CurvePoint, double> value, double bottom, double top)
    {
        int[] strides = [.. curves.Select(curve => curve.Cell.S1).Distinct().Order()];
        int last = curves.Max(curve => curve.Points[^1].Epoch), first = curves.Min(curve => curve.Points[0].Epoch);
        double margin = Math.Max(0.5, 0.02 * (last - first));
        List<(string Heading, Plot Plot)> plots = [];
        foreach (IGrouping<string, MethodCurve> method in curves.GroupBy(curve => curve.Name))
        {
            Plot plot = PlotStyle.Create();
            foreach (MethodCurve reference in method.Select(curve => Reference(curve, curves)).OfType<MethodCurve>())
                AddLine(plot, reference, strides.IndexOf(reference.Cell.S1), value, isPale: true);
            foreach (MethodCurve curve in method)
                AddLine(plot, curve, strides.IndexOf(curve.Cell.S1), value, isPale: false);
            plot.Axes.Bottom.TickGenerator = PlotStyle.Ticks(wholeOnly: true);
            plot.Axes.SetLimits(first - margin, last + margin, bottom, top);
            plots.Add((method.Key, plot));
        }
        return new PlotGrid(title, "epoch", Math.Clamp(plots.Count, FewestColumns, MostColumns), LabelWidth, AreaHeight).Draw(plots, Legend(strides, curves));
    }

    private static MethodCurve? Reference(MethodCurve curve, IEnumerable<MethodCurve> curves) => MethodNames.IsOfPaper(curve.Cell.Method) ? null : curves
        .Where(other => other.Cell.Method == MethodNames.OfPaper && other.Cell.S1 == curve.Cell.S1)
        .MinBy(other => other.Cell.Placement == curve.Cell.Placement ? 0 : 1);

    private static void AddLine(Plot plot, MethodCurve curve, int series, Func<CurvePoint, double> value, bool isPale)
    {
        Scatter line = plot.Add.Scatter(curve.Points.Select(point => new Coordinates(point.Epoch, value(point))).ToArray());
        line.Color = PlotStyle.Colour(series).WithAlpha(isPale ? Paleness : 1);
        line.LineWidth = 1.5f;
        line.MarkerShape = PlotStyle.Marker(series);
        line.MarkerSize = isPale || curve.Points.Count > MostMarked ? 0 : 4;
    }

    private static IEnumerable<LegendItem> Legend(int[] strides, IEnumerable<MethodCurve> curves)
    {
        foreach ((int series, int stride) in strides.Index())
            yield return new LegendItem { LabelText = $"s1 = {stride}", LineWidth = 1.5f, LineColor = PlotStyle.Colour(series), MarkerStyle = new MarkerStyle(PlotStyle.Marker(series), 6, PlotStyle.Colour(series)) };
        if (curves.Any(curve => curve.Cell.Method == MethodNames.OfPaper))
            yield return new LegendItem { LabelText = $"pale: {MethodNames.OfPaper} at the same s1", LineWidth = 1.5f, LineColor = Colors.Black.WithAlpha(Paleness) };
    }
}
