using System.Text;

namespace GpuPool.Experiments.Audit;

/// <summary>The page on the paper's claims, in Markdown. The same program and the same results give the same bytes.</summary>
internal static class AuditPage
{
    /// <summary>The heads of its columns.</summary>
    public static readonly IReadOnlyList<string> Columns = ["the paper claims", "paper", "ours", "verdict", "command"];

    /// <summary>The claims that can be recomputed: those that are counted, and those that the runs in a folder speak for.</summary>
    public static IReadOnlyList<Claim> Claims(string results) => [.. CountedClaims.All, .. new MeasuredClaims(results).All()];

    /// <summary>The cells of a claim.</summary>
    public static IReadOnlyList<string> Cells(Claim claim) => [claim.Text, claim.Paper, claim.Ours, claim.VerdictText, $"gpupool {claim.Command}"];

    /// <summary>The text of the page.</summary>
    public static string Write(IReadOnlyList<Claim> claims)
    {
        var text = new StringBuilder();
        text.Append("# Audit of the paper\n\nEvery claim of the paper that can be recomputed, ours beside theirs. `gpupool audit` writes this page from counted and measured facts; no number of ours is typed in.\n")
            .Append("\"Holds\" and \"does not hold\" say what these numbers show; \"not tested here\" is a claim on accuracies that needs the paper's data and epochs, or runs that do not tell.\n\n")
            .Append(Tally(claims)).Append("\n\n");
        Line(text, Columns);
        Line(text, Columns.Select(_ => "---"));
        foreach (Claim claim in claims)
            Line(text, Cells(claim).Select((cell, column) => column == Columns.Count - 1 ? $"`{cell}`" : cell));
        return text.ToString();
    }

    /// <summary>How many claims have each verdict.</summary>
    public static string Tally(IReadOnlyList<Claim> claims) =>
        $"{string.Join(", ", claims.GroupBy(claim => claim.VerdictText).OrderBy(verdict => verdict.First().Verdict).Select(verdict => FormattableString.Invariant($"{verdict.Key}: {verdict.Count()}")))}.";

    private static void Line(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
