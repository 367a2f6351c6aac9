using GpuPool.Experiments.Audit;

namespace GpuPool.Experiments.Report.Html;

/// <summary>The paper's claims with ours beside them.</summary>
internal static class AuditSection
{
    /// <summary>The section.</summary>
    public static Section Of(IReadOnlyList<Claim> claims) => new("Audit of the paper's claims",
    [
        Tag.Of("p", Tag.Of("strong", AuditPage.Tally(claims)), " \"Not tested here\" is a claim on accuracies that needs the paper's data and epochs, or runs that do not tell."),
        HtmlTable.Box(
            "the paper's claims",
            Tag.Of("thead", Tag.Of("tr", AuditPage.Columns.Select(column => HtmlTable.Heading(column)))),
            Tag.Of("tbody", claims.Select(claim => Tag.Of("tr", AuditPage.Cells(claim).Select((cell, column) => Tag.Of("td", column is 0 or 2 ? Tag.Class("prose") : null, cell)))))),
    ]);
}
