using System.Globalization;
using System.Xml.Linq;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Report.Html;

/// <summary>Tables that scroll within a box of their own where the page is too narrow for them.</summary>
internal static class HtmlTable
{
    // Enough to judge a file by; the rest stays in the file.
    private const int MostRows = 500;

    /// <summary>A table in its box.</summary>
    /// <param name="caption">What it shows, for those who do not see it.</param>
    /// <param name="parts">Head and bodies.</param>
    public static XElement Box(string caption, params object?[] parts) => Tag.Of(
        "div", Tag.Class("scroll"), new XAttribute("role", "region"), new XAttribute("aria-label", caption), new XAttribute("tabindex", "0"), Tag.Of("table", parts));

    /// <summary>A cell; numbers stand at the right.</summary>
    public static XElement Cell(string text, bool isNumber) => Tag.Of("td", isNumber ? Tag.Class("number") : null, text);

    /// <summary>A heading over columns.</summary>
    public static XElement Heading(string text, bool isNumber = false, int columns = 1, int rows = 1) => Tag.Of(
        "th", new XAttribute("scope", columns > 1 ? "colgroup" : "col"), isNumber ? Tag.Class("number") : null,
        columns > 1 ? new XAttribute("colspan", columns) : null, rows > 1 ? new XAttribute("rowspan", rows) : null, text);

    /// <summary>A file as it is, its first 500 rows.</summary>
    public static IEnumerable<XElement> Plain(CsvTable file)
    {
        bool[] numbers = [.. file.Columns.Select((_, column) => file.Rows.All(row => IsNumber(row[column])))];
        yield return Box(
            file.Name,
            Tag.Of("thead", Tag.Of("tr", file.Columns.Select((name, column) => Heading(name, numbers[column])))),
            Tag.Of("tbody", file.Rows.Take(MostRows).Select(row => Tag.Of("tr", row.Select((text, column) => Cell(text, numbers[column]))))));
        if (file.Rows.Count > MostRows)
            yield return Tag.Of("p", string.Create(CultureInfo.InvariantCulture, $"{file.Rows.Count - MostRows} more rows are in the file."));
    }

    private static bool IsNumber(string text) => text.Length == 0 || double.TryParse(text, CultureInfo.InvariantCulture, out _);
}
