using ScottPlot;
using ScottPlot.Plottables;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>Share of the ideal speed over the number of ranks, a line for each link.</summary>
internal static class ClusterPlot
{
    private const int LabelWidth = 56, AreaHeight = 300;

    /// <summary>Draws the lines.</summary>
    /// <param name="title">What is trained.</param>
    /// <param name="links">Name of each link, and for each number of ranks the share, from 0 to 1.</param>
    public static Figure Draw(string title, IReadOnlyList<(string Link, IReadOnlyList<(int Ranks, double Share)> Points)> links)
    {
        Plot plot = PlotStyle.Create();
        foreach ((int series, (_, IReadOnlyList<(int Ranks, double Share)> points)) in links.Index())
        {
            Scatter line = plot.Add.Scatter(points.Select(point => new Coordinates(point.Ranks, 100 * point.Share)).ToArray());
            line.Color = PlotStyle.Colour(series);
            line.LineWidth = 1.5f;
            line.MarkerShape = PlotStyle.Marker(series);
            line.MarkerSize = 5;
        }
        plot.Axes.Bottom.TickGenerator = PlotStyle.Ticks(wholeOnly: true);
        plot.Axes.SetLimits(0, 1.02 * links.Max(link => link.Points.Max(point => point.Ranks)), 0, 102);
        return new PlotGrid(title, "ranks", 1, LabelWidth, AreaHeight).Draw([("images a second, % of those of one rank times the ranks", plot)], links.Index().Select(link => new LegendItem
        {
            LabelText = link.Item.Link,
            LineWidth = 1.5f,
            LineColor = PlotStyle.Colour(link.Index),
            MarkerStyle = new MarkerStyle(PlotStyle.Marker(link.Index), 6, PlotStyle.Colour(link.Index)),
        }));
    }
}
