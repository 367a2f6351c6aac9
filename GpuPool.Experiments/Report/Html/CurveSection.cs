using System.Xml.Linq;
using GpuPool.Experiments.Report.Plots;

namespace GpuPool.Experiments.Report.Html;

/// <summary>The learning curves of a file: score and loss of each network, and its numbers.</summary>
internal static class CurveSection
{
    /// <summary>The section of a file.</summary>
    public static Section Of(CurveFile file, PlotFolder plots) => new($"Learning curves ({file.File.Name})",
    [
        Tag.Of("p", "Means over the seeds of each cell, without the epochs in which a run had left the finite numbers."),
        MethodCurve.Of(file).SelectMany(network => Network(file, network, plots)),
    ]);

    private static IEnumerable<XElement> Network(CurveFile file, IGrouping<string, MethodCurve> network, PlotFolder plots)
    {
        MethodCurve[] curves = [.. network];
        yield return Tag.Of("h3", network.Key);
        string name = $"{file.File.Name}-{network.Key}", title = $"{file.File.Name}, {network.Key}";
        string[] numbers = ["s1", "seeds", "epochs", "first loss", "last loss", $"best {file.Score}", $"last {file.Score}"];
        yield return plots.Add($"{name}-{file.Score.Split(' ')[^1]}", CurvePlot.Score(title, file.Score, curves), $"{title}: test {file.Score} by epoch, a plot for each method and a line for each s1.");
        yield return plots.Add($"{name}-loss", CurvePlot.Loss(title, file.Loss, curves), $"{title}: training loss by epoch, a plot for each method and a line for each s1.");
        if (curves.Where(curve => curve.Divergence.Length > 0).Select(curve => Text($"{curve.Name}, s1 = {curve.Cell.S1}, {curve.Divergence}")).ToArray() is { Length: > 0 } diverged)
            yield return Tag.Of("p", $"{string.Join("; ", diverged)}.");
        yield return Tag.Of("details", Tag.Of("summary", "Numbers"), HtmlTable.Box(
            network.Key,
            Tag.Of("thead", Tag.Of("tr", HtmlTable.Heading("method"), numbers.Select(number => HtmlTable.Heading(number, isNumber: true)), HtmlTable.Heading("diverged"))),
            Tag.Of("tbody", curves.Select(Line))));
    }

    private static XElement Line(MethodCurve curve) => Tag.Of(
        "tr", Tag.Of("th", new XAttribute("scope", "row"), curve.Name),
        new[]
        {
            Text($"{curve.Cell.S1}"), Text($"{curve.Seeds}"), Text($"{curve.Points[^1].Epoch}"), Text($"{curve.Points[0].TrainLoss:F4}"), Text($"{curve.Points[^1].TrainLoss:F4}"),
            Text($"{100 * curve.Points.Max(point => point.TestScore):F2}"), Text($"{100 * curve.Points[^1].TestScore:F2}"),
        }.Select(number => HtmlTable.Cell(number, isNumber: true)),
        Tag.Of("td", curve.Divergence));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
