using System.Globalization;
using System.Xml.Linq;
using GpuPool.Experiments.Report.Plots;

namespace GpuPool.Experiments.Report.Html;

/// <summary>The learning curves of a file: a plot for each network and s1, and its numbers.</summary>
internal static class CurveSection
{
    private static readonly string[] Numbers = ["seeds", "epochs", "first loss", "last loss", "best accuracy", "last accuracy"];

    /// <summary>The section of a file.</summary>
    public static Section Of(CurveFile file, PlotFolder plots) => new($"Learning curves ({file.File.Name})",
    [
        Tag.Of("p", "Means over the seeds of each cell, without the epochs in which a run had left the finite numbers."),
        MethodCurve.Of(file).SelectMany(group => Group(file.File.Name, group, plots)),
    ]);

    private static IEnumerable<XElement> Group(string file, IGrouping<(string Network, int S1), MethodCurve> group, PlotFolder plots)
    {
        string title = string.Create(CultureInfo.InvariantCulture, $"{group.Key.Network}, s1 = {group.Key.S1}");
        MethodCurve[] curves = [.. group];
        yield return Tag.Of("h3", title);
        yield return plots.Add(
            string.Create(CultureInfo.InvariantCulture, $"{file}-{group.Key.Network}-s1={group.Key.S1}"), CurvePlot.Draw(title, curves),
            $"{title}: test accuracy and training loss by epoch, a line for each method.");
        if (curves.Where(curve => curve.Divergence.Length > 0).Select(curve => $"{curve.Name} {curve.Divergence}").ToArray() is { Length: > 0 } diverged)
            yield return Tag.Of("p", $"{string.Join("; ", diverged)}.");
        yield return Tag.Of("details", Tag.Of("summary", "Numbers"), HtmlTable.Box(
            title,
            Tag.Of("thead", Tag.Of("tr", HtmlTable.Heading("method"), Numbers.Select(name => HtmlTable.Heading(name, isNumber: true)), HtmlTable.Heading("diverged"))),
            Tag.Of("tbody", curves.Select(Line))));
    }

    private static XElement Line(MethodCurve curve) => Tag.Of(
        "tr", Tag.Of("th", new XAttribute("scope", "row"), curve.Name),
        new[]
        {
            Text($"{curve.Seeds}"), Text($"{curve.Points[^1].Epoch}"), Text($"{curve.Points[0].TrainLoss:F4}"), Text($"{curve.Points[^1].TrainLoss:F4}"),
            Text($"{100 * curve.Points.Max(point => point.TestAccuracy):F2}"), Text($"{100 * curve.Points[^1].TestAccuracy:F2}"),
        }.Select(number => HtmlTable.Cell(number, isNumber: true)),
        Tag.Of("td", curve.Divergence));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
