using System.Xml.Linq;
using GpuPool.Experiments.Report.Plots;
using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report.Html;

/// <summary>A table of accuracies beside the paper's, with its scale.</summary>
internal static class AccuracySection
{
    /// <summary>The section of a file.</summary>
    public static Section Of(AccuracyFile file, IReadOnlyDictionary<CellKey, string> divergences, PlotFolder plots)
    {
        var scale = new Scale(file.Rows);
        string title = scale.Table?.Title ?? file.File.Name;
        return new Section($"{title} ({file.File.Name})",
        [
            scale.Banner(),
            scale.Label(),
            Tag.Of(
                "p",
                Tag.Of("strong", scale.Count),
                " Test accuracy in percent, mean ± standard deviation over the seeds. Cells that were not run are empty.",
                file.HasPaperValues ? " The difference is our best epoch minus the paper's value, in points; \"only ours\" stands where the paper prints no value." : null),
            scale.Table is Distance ? Distances(file, plots) : Overviews(file, scale, plots),
            new AccuracyGrid(file, divergences).Element(),
            Tag.Of("details", Tag.Of("summary", "All columns of the file"), HtmlTable.Plain(file.File)),
        ]);
    }

    private static IEnumerable<XElement> Distances(AccuracyFile file, PlotFolder plots)
    {
        if (DistancePlot.Draw(file.File.Name, file.Rows) is { } figure)
            yield return plots.Add(file.File.Name, figure, $"{file.File.Name}: test accuracy over the distance of the two parts, a plot for each s1 and a line for each method.");
    }

    // A plot is also a file of its own, which must not lose its scale. Values of another scale would press ours together.
    private static IEnumerable<XElement> Overviews(AccuracyFile file, Scale scale, PlotFolder plots) =>
        from network in file.Rows.GroupBy(row => row.Network)
        let rows = network.Select(row => scale.IsOfPaper ? row : row with { PaperAccuracy = null })
        let figure = OverviewPlot.Draw($"{file.File.Name}, {network.Key}{(scale.IsOfPaper ? "" : " (not comparable with the paper's numbers)")}", [.. rows])
        where figure is not null
        select plots.Add(
            $"{file.File.Name}-overview-{network.Key}", figure,
            $"{file.File.Name}, {network.Key}: accuracy of the best epoch by method and s1, ours{(scale.IsOfPaper ? " and the paper's" : "")}. Bars are standard deviations, where a cell has several seeds.");
}
