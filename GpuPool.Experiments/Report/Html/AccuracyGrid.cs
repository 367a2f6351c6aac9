using System.Globalization;
using System.Xml.Linq;
using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report.Html;

/// <summary>A table as the paper lays it out, networks by methods with columns for each s1: ours and, where the paper prints any, its values and the difference.</summary>
/// <param name="file">The rows.</param>
/// <param name="divergences">What to say of cells of which a run diverged.</param>
internal sealed class AccuracyGrid(AccuracyFile file, IReadOnlyDictionary<CellKey, string> divergences)
{
    private readonly string[] _columns = file.HasPaperValues ? ["best", "last", "paper", "difference"] : ["best", "last"];

    private readonly int[] _strides = [.. file.Rows.Select(row => row.S1).Distinct().Order()];

    /// <summary>The grid in its box; values in percent, differences in points.</summary>
    public XElement Element() => HtmlTable.Box(
        $"{file.File.Name}: accuracies",
        Tag.Of(
            "thead",
            Tag.Of("tr", HtmlTable.Heading("method", rows: 2), HtmlTable.Heading("pools", rows: 2),
                _strides.Select(stride => HtmlTable.Heading(string.Create(CultureInfo.InvariantCulture, $"s1 = {stride}"), columns: _columns.Length))),
            Tag.Of("tr", _strides.SelectMany(_ => _columns).Select(column => HtmlTable.Heading(column, isNumber: true)))),
        file.Rows.GroupBy(row => row.Network).Select(Network));

    private XElement Network(IGrouping<string, TableRow> network) => Tag.Of(
        "tbody",
        Tag.Of("tr", Tag.Class("network"), Tag.Of("th", new XAttribute("colspan", 2), new XAttribute("scope", "rowgroup"), network.Key),
            Tag.Of("td", new XAttribute("colspan", Math.Max(1, _columns.Length * _strides.Length)))),
        network.GroupBy(row => (row.Method, row.Placement)).Select(Line));

    private XElement Line(IGrouping<(string Method, string Placement), TableRow> line) => Tag.Of(
        "tr", Tag.Of("th", new XAttribute("scope", "row"), line.Key.Method), Tag.Of("td", line.Key.Placement),
        _strides.SelectMany(stride => Cells(line.FirstOrDefault(row => row.S1 == stride))));

    private IEnumerable<XElement> Cells(TableRow? row)
    {
        XElement best = HtmlTable.Cell(Accuracy(row?.BestAccuracy, row?.BestAccuracyDeviation), isNumber: true);
        if (row is not null && divergences.TryGetValue(CellKey.Of(row), out string? divergence))
            best.Add(Tag.Of("small", divergence));
        XElement last = HtmlTable.Cell(Accuracy(row?.LastAccuracy, row?.LastAccuracyDeviation), isNumber: true);
        return !file.HasPaperValues ? [best, last] :
        [
            best, last,
            HtmlTable.Cell(row is { PaperAccuracy: null } ? "only ours" : Accuracy(row?.PaperAccuracy), isNumber: true),
            HtmlTable.Cell(Difference(row?.BestAccuracy - row?.PaperAccuracy), isNumber: true),
        ];
    }

    private static string Accuracy(double? share, double? deviation = null) => share is null ? "" : string.Create(
        CultureInfo.InvariantCulture, $"{100 * share:F2}{(deviation is null ? "" : string.Create(CultureInfo.InvariantCulture, $" ± {100 * deviation:F2}"))}");

    // With a true minus sign, as wide as the plus.
    private static string Difference(double? share) =>
        share is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:+0.00;−0.00;0.00}");
}
