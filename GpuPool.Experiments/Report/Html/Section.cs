using System.Xml.Linq;

namespace GpuPool.Experiments.Report.Html;

/// <summary>A part of the report with an entry in the table of contents.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Content">What stands below the heading.</param>
internal sealed record Section(string Title, IReadOnlyList<object?> Content)
{
    /// <summary>The line behind which the content is folded away; null where it is shown.</summary>
    public string? Folded { get; init; }

    /// <summary>The section as an element, numbered so that its anchor is its own.</summary>
    public XElement Element(int number) => Tag.Of("section", new XAttribute("id", Anchor(number)), Tag.Of("h2", Title), Folded is null ? Content : Tag.Of("details", Tag.Of("summary", Folded), Content));

    /// <summary>The line of the table of contents.</summary>
    public XElement Entry(int number) => Tag.Of("li", Tag.Of("a", new XAttribute("href", $"#{Anchor(number)}"), Title));

    private static string Anchor(int number) => $"section-{number}";
}
