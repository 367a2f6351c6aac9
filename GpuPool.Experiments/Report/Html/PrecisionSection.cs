using System.Globalization;
using System.Xml.Linq;
using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report.Html;

/// <summary>A table of average precisions beside the paper's, as the paper lays it out, with its scale and with pictures of what was found.</summary>
internal static class PrecisionSection
{
    private static readonly string[] Columns = ["ours", "paper"];

    /// <summary>The section of a file.</summary>
    public static Section Of(PrecisionFile file, IReadOnlyDictionary<CellKey, string> divergences)
    {
        var scale = new Scale(file.Rows);
        return new Section($"{scale.Table?.Title ?? file.File.Name} ({file.File.Name})",
        [
            scale.Banner(),
            scale.Label(),
            Tag.Of(
                "p", Tag.Of("strong", scale.Count),
                " Mean average precision in percent, as pycocotools computes it, of the epoch that is best by the mean over the overlaps from 0.5 to 0.95; with several seeds their mean. "
                    + "Large, medium and small are objects from 96 x 96 pixels on, between, and up to 32 x 32. Cells that were not run are empty, and so are those of the paper in rows that are \"only ours\"."),
            Grid(file, divergences),
            Pictures(file),
            Tag.Of("details", Tag.Of("summary", "All columns of the file"), HtmlTable.Plain(file.File)),
        ]);
    }

    private static XElement Grid(PrecisionFile file, IReadOnlyDictionary<CellKey, string> divergences)
    {
        string[] names = [.. file.Rows.Take(1).SelectMany(row => row.Columns).Select(column => column.Name)];
        return HtmlTable.Box(
            $"{file.File.Name}: average precisions",
            Tag.Of(
                "thead",
                Tag.Of("tr", HtmlTable.Heading("method", rows: 2), HtmlTable.Heading("pools", rows: 2), HtmlTable.Heading("row", rows: 2), names.Select(name => HtmlTable.Heading(name, columns: Columns.Length))),
                Tag.Of("tr", names.SelectMany(_ => Columns).Select(column => HtmlTable.Heading(column, isNumber: true)))),
            file.Rows.GroupBy(row => row.Network).Select(network => Tag.Of(
                "tbody",
                Tag.Of("tr", Tag.Class("network"), Tag.Of("th", new XAttribute("colspan", 3), new XAttribute("scope", "rowgroup"), network.Key),
                    Tag.Of("td", new XAttribute("colspan", Columns.Length * names.Length))),
                network.Select(row => Line(row, divergences.GetValueOrDefault(CellKey.Of(row)))))));
    }

    private static XElement Line(PrecisionRow row, string? divergence) => Tag.Of(
        "tr",
        Tag.Of("th", new XAttribute("scope", "row"), row.Method, divergence is null ? null : Tag.Of("small", $" {divergence}")), Tag.Of("td", row.Placement),
        Tag.Of("td", row.PaperScore is null ? "only ours" : "paper's"),
        row.Columns.SelectMany(column => new[]
        {
            HtmlTable.Cell(Percent(column.Ours), isNumber: true), HtmlTable.Cell(Percent(column.Paper), isNumber: true),
        }));

    // A page of one file: the picture is within.
    private static IEnumerable<XElement> Pictures(PrecisionFile file)
    {
        if (file.Pictures is not { } png)
            yield break;
        string description = $"{file.File.Name}: what the detectors found in test pictures, with class and score.";
        yield return Tag.Of(
            "figure", Tag.Of("div", Tag.Class("scroll"), new XElement("img", new XAttribute("src", $"data:image/png;base64,{Convert.ToBase64String(png)}"), new XAttribute("alt", description))),
            Tag.Of("figcaption", description));
    }

    private static string Percent(double? share) => share is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1}");
}
