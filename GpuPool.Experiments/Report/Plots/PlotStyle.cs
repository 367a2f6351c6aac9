using ScottPlot;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>How all plots look.</summary>
internal static class PlotStyle
{
    // Told apart by readers with any kind of colour vision, and at least 3:1 against white as well as against the dark page of the report.
    private static readonly Color[] Colours = [new("#0b7bc1"), new("#d55e00"), new("#0a8f6c"), new("#c0589b"), new("#7f7f7f")];

    private static readonly LinePattern[] Patterns = [LinePattern.Solid, new([5, 3], 0, "dashed"), new([1.5f, 2.5f], 0, "dotted"), new([7, 2.5f, 1.5f, 2.5f], 0, "dash dot")];

    private static readonly (MarkerShape Filled, MarkerShape Open)[] Markers =
    [
        (MarkerShape.FilledCircle, MarkerShape.OpenCircle), (MarkerShape.FilledSquare, MarkerShape.OpenSquare),
        (MarkerShape.FilledTriangleUp, MarkerShape.OpenTriangleUp), (MarkerShape.FilledDiamond, MarkerShape.OpenDiamond),
    ];

    /// <summary>An empty plot.</summary>
    public static Plot Create(string title, string horizontal, string vertical)
    {
        PlotFont.Use();
        var plot = new Plot();
        plot.Title(title, 14);
        plot.Axes.Title.Label.Bold = false;
        plot.XLabel(horizontal, 12);
        plot.YLabel(vertical, 12);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Bottom.MinorTickStyle.Length = plot.Axes.Left.MinorTickStyle.Length = 0;
        // ScottPlot centres the ascent of this font and not its letters.
        plot.Axes.Left.TickLabelStyle.OffsetY = 3;
        // Plots share their canvas.
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        plot.HideLegend();
        plot.Legend.FontSize = 12;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        return plot;
    }

    /// <summary>Colour, dashes and width of a line: the first twenty differ in colour and dashes, the next ones in width.</summary>
    public static void Apply(this LineStyle line, int number)
    {
        line.Color = Colour(number);
        line.Pattern = Patterns[number / Colours.Length % Patterns.Length];
        line.Width = number / (Colours.Length * Patterns.Length) % 2 == 0 ? 1.8f : 3.4f;
    }

    /// <summary>Colour of a series.</summary>
    public static Color Colour(int number) => Colours[number % Colours.Length];

    /// <summary>Marks of a series, filled for what we measured and hollow for what the paper says.</summary>
    public static (MarkerShape Filled, MarkerShape Open) Marker(int number) => Markers[number % Markers.Length];
}
