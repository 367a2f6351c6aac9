using System.Xml.Linq;
using GpuPool.Experiments.Audit;

namespace GpuPool.Experiments.Report.Html;

/// <summary>The paper's claims with ours beside them.</summary>
internal static class AuditSection
{
    // The verdict stands beside its claim, so that a phone shows both; the long texts come after it.
    private static readonly (int Column, string? Class)[] _order = [(0, "prose"), (3, null), (1, "brief"), (2, "prose"), (4, null)];

    /// <summary>The section.</summary>
    public static Section Of(IReadOnlyList<Claim> claims) => new("Audit of the paper's claims",
    [
        Tag.Of("p", Tag.Of("strong", AuditPage.Tally(claims)), " \"Not tested here\" is a claim on accuracies that needs the paper's data and epochs, or runs that do not tell."),
        HtmlTable.Box(
            "the paper's claims",
            Tag.Of("thead", Tag.Of("tr", _order.Select(entry => HtmlTable.Heading(AuditPage.Columns[entry.Column])))),
            Tag.Of("tbody", claims.Select(claim => Tag.Of("tr", _order.Select(entry => Cell(AuditPage.Cells(claim)[entry.Column], entry.Class)))))),
    ]);

    // What stands between back quotes is code, as in the page of Markdown.
    private static XElement Cell(string text, string? kind) =>
        Tag.Of("td", kind is null ? null : Tag.Class(kind), text.Split('`').Select((part, index) => index % 2 == 1 ? (object)Tag.Of("code", part) : part));
}
