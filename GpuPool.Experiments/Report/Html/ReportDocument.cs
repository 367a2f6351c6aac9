using System.Xml.Linq;
using GpuPool.Experiments.Audit;
using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Report.Html;

/// <summary>The report on a folder of results: one HTML file without scripts, style sheet and plots within.</summary>
internal static class ReportDocument
{
    private const string Title = "GpuPool: results";

    private const string SmokeProves = "A smoke run proves that every cell trains, and that its loss falls, on a batch of generated pictures. Its accuracies mean nothing; open it to see them.";

    /// <summary>The text of the file; the same results give the same text.</summary>
    /// <param name="results">What was measured.</param>
    /// <param name="plots">Takes the plots as files.</param>
    public static string Write(ResultsFolder results, PlotFolder plots)
    {
        Section[] sections = [.. Sections(results, plots)];
        XElement document = Tag.Of(
            "html", new XAttribute("lang", "en"),
            Tag.Of(
                "head", new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                Tag.Of("title", Title), Tag.Of("style", StyleSheet())),
            Tag.Of(
                "body",
                Tag.Of("header", Tag.Of("h1", Title), Tag.Of("p", "What was measured, beside what the paper prints. Every table says at what scale it was made.")),
                Tag.Of("nav", new XAttribute("aria-label", "Contents"), Tag.Of("ol", sections.Select((section, index) => section.Entry(index + 1)))),
                Tag.Of("main", sections.Select((section, index) => section.Element(index + 1)))));
        return $"<!DOCTYPE html>\n{document.ToString(SaveOptions.DisableFormatting)}\n";
    }

    // Experiments first; what only proves that the program runs is folded away at the end.
    private static IEnumerable<Section> Sections(ResultsFolder results, PlotFolder plots)
    {
        List<(string Name, IReadOnlyList<CellRow> Rows, IReadOnlyDictionary<CellKey, string> Divergences)> tables = [];
        List<Section> experiments = [], smoke = [];
        foreach (AccuracyFile file in results.Accuracies)
        {
            tables.Add((file.File.Name, file.Rows, Divergences.Of(file.Rows, results.CurvesOf(file.File))));
            Add(IsSmoke(file.Rows), AccuracySection.Of(file, tables[^1].Divergences, plots));
        }
        foreach (PrecisionFile file in results.Precisions)
        {
            tables.Add((file.File.Name, file.Rows, Divergences.Of(file.Rows, results.CurvesOf(file.File))));
            Add(IsSmoke(file.Rows), PrecisionSection.Of(file, tables[^1].Divergences));
        }
        foreach (MapFigureFiles figure in results.Figures)
            Add(figure.IsSmoke, FigureSection.Of(figure, plots));
        return
        [
            .. experiments,
            .. results.Curves.Select(file => CurveSection.Of(file, plots)),
            AuditSection.Of(AuditPage.Claims(results.Path)),
            .. tables.Count > 0 ? (Section[])[LimitsSection.Of(tables)] : [],
            .. results.Others.Select(PlainTableSection.Of),
            .. smoke,
            .. results.Broken.Count > 0 ? (Section[])[PlainTableSection.Of(results.Broken)] : [],
        ];

        void Add(bool isSmoke, Section section) => (isSmoke ? smoke : experiments).Add(isSmoke ? section with { Folded = SmokeProves } : section);

        static bool IsSmoke(IReadOnlyList<CellRow> rows) => rows.All(row => row.Preset.Equals(nameof(TablePreset.Smoke), StringComparison.OrdinalIgnoreCase));
    }

    private static string StyleSheet()
    {
        using Stream stream = typeof(ReportDocument).Assembly.GetManifestResourceStream("GpuPool.Experiments.Report.Html.report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
