using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>Test accuracy and training loss by epoch, a line for each method, the legend at the right.</summary>
internal static class CurvePlot
{
    private const int PanelWidth = 400, LeastHeight = 340;

    // A run about to diverge must not flatten the others: nothing above so many times the largest first loss is shown.
    private const double MostOfFirstLoss = 2;

    // Few enough points to mark each.
    private const int MostMarked = 12;

    /// <summary>Draws the curves.</summary>
    /// <param name="title">What they are of.</param>
    /// <param name="curves">At least one.</param>
    public static Figure Draw(string title, IReadOnlyList<MethodCurve> curves)
    {
        Plot accuracy = PlotStyle.Create($"{title}: test accuracy", "epoch", "%"), loss = PlotStyle.Create($"{title}: training loss", "epoch", "cross-entropy");
        foreach (MethodCurve curve in curves)
        {
            AddLine(accuracy, curve, point => 100 * point.TestAccuracy);
            AddLine(loss, curve, point => point.TrainLoss);
        }
        SetLimits(accuracy, loss, curves);
        using var paint = Paint.NewDisposablePaint();
        accuracy.Legend.Orientation = Orientation.Vertical;
        PixelSize legend = accuracy.Legend.GetLayout(new PixelSize(float.MaxValue, float.MaxValue), paint).LegendRect.Size;
        int height = Math.Max(LeastHeight, (int)Math.Ceiling(legend.Height));
        return new Figure(2 * PanelWidth + (int)Math.Ceiling(legend.Width), height, canvas =>
        {
            using var fresh = Paint.NewDisposablePaint();
            accuracy.Render(canvas, new PixelRect(0, PanelWidth, height, 0));
            loss.Render(canvas, new PixelRect(PanelWidth, 2 * PanelWidth, height, 0));
            accuracy.Legend.Render(canvas, fresh, new PixelRect(2 * PanelWidth, 2 * PanelWidth + legend.Width, height, 0), Alignment.MiddleLeft);
        });
    }

    private static void AddLine(Plot plot, MethodCurve curve, Func<CurvePoint, double> value)
    {
        Scatter line = plot.Add.Scatter(curve.Points.Select(point => new Coordinates(point.Epoch, value(point))).ToArray());
        line.LineStyle.Apply(curve.Style);
        line.MarkerSize = curve.Points.Count <= MostMarked ? 5 : 0;
        line.MarkerColor = line.LineColor;
        line.LegendText = curve.Name;
    }

    private static void SetLimits(Plot accuracy, Plot loss, IReadOnlyList<MethodCurve> curves)
    {
        double[] losses = [.. curves.SelectMany(curve => curve.Points).Select(point => point.TrainLoss).Where(double.IsFinite)];
        double first = curves.Select(curve => curve.Points[0].TrainLoss).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        double top = Math.Min(losses.DefaultIfEmpty(1).Max(), MostOfFirstLoss * first);
        int epochs = curves.Max(curve => curve.Points[^1].Epoch), begin = curves.Min(curve => curve.Points[0].Epoch);
        double margin = Math.Max(0.5, 0.02 * (epochs - begin));
        foreach (Plot plot in new[] { accuracy, loss })
            plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        accuracy.Axes.SetLimitsX(begin - margin, epochs + margin);
        loss.Axes.SetLimits(begin - margin, epochs + margin, 0, top > 0 ? 1.05 * top : 1);
    }
}
