using ScottPlot;
using ScottPlot.TickGenerators;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>How all plots look.</summary>
internal static class PlotStyle
{
    // Told apart by readers with any kind of colour vision, and at least 3:1 against white as well as against the dark page of the report.
    private static readonly Color[] Colours = [new("#0b7bc1"), new("#d55e00"), new("#0a8f6c"), new("#c0589b"), new("#7f7f7f"), new("#9a7d00"), new("#7a6ae0")];

    private static readonly MarkerShape[] Markers = [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond];

    /// <summary>An empty plot on no ground.</summary>
    public static Plot Create()
    {
        PlotFont.Use();
        var plot = new Plot();
        plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Bottom.TickGenerator = Ticks();
        plot.Axes.Left.TickGenerator = Ticks();
        // ScottPlot centres the ascent of this font and not its letters.
        plot.Axes.Left.TickLabelStyle.OffsetY = 3;
        // Plots share their canvas.
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        plot.FigureBackground.Color = Colors.Transparent;
        plot.HideLegend();
        plot.Legend.FontSize = 12;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        return plot;
    }

    /// <summary>A label centred at a point.</summary>
    public static LabelStyle Text(string text, float size) => new() { Text = text, FontSize = size, FontName = PlotFont.Family, Alignment = Alignment.MiddleCenter };

    /// <summary>Numbers without marks between them.</summary>
    /// <param name="wholeOnly">Whether there is nothing between whole numbers.</param>
    public static NumericAutomatic Ticks(bool wholeOnly = false) => new() { IntegerTicksOnly = wholeOnly, MinorTickGenerator = new EvenlySpacedMinorTickGenerator(1) };

    /// <summary>Colour of a series.</summary>
    public static Color Colour(int number) => Colours[number % Colours.Length];

    /// <summary>Mark of a series.</summary>
    public static MarkerShape Marker(int number) => Markers[number % Markers.Length];
}
