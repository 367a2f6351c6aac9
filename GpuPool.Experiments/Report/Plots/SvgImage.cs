using System.Xml.Linq;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>What Skia writes as SVG, made fit for files and for pages.</summary>
internal static class SvgImage
{
    private static readonly string[] Paints = ["fill", "stroke"];

    /// <summary>Mends lists that end with a comma and text within white space, names fonts to fall back to, and lets the picture scale.</summary>
    public static XElement Clean(XElement svg, int width, int height)
    {
        svg.SetAttributeValue("viewBox", FormattableString.Invariant($"0 0 {width} {height}"));
        foreach (XElement text in svg.Descendants().Where(element => element.Name.LocalName == "text"))
        {
            text.Value = text.Value.Trim();
            foreach (string list in new[] { "x", "y" })
                text.SetAttributeValue(list, text.Attribute(list)?.Value.TrimEnd(' ', ','));
            text.SetAttributeValue("font-family", PlotFont.Fallbacks);
        }
        return svg;
    }

    /// <summary>
    /// A copy for a page: black becomes the colour of the page's text and white its ground, and the identifiers begin with <paramref name="name"/>, since they
    /// are those of the whole page.
    /// </summary>
    public static XElement Inline(XElement svg, string name, string description)
    {
        var copy = new XElement(svg);
        foreach (XAttribute attribute in copy.DescendantsAndSelf().Attributes().ToArray())
        {
            if (attribute.Name == "id")
                attribute.Value = $"{name}-{attribute.Value}";
            else if (Paints.Contains(attribute.Name.LocalName))
                attribute.Value = attribute.Value switch { "black" or "#010101" => "currentColor", "white" => "none", _ => attribute.Value };
            attribute.Value = attribute.Value.Replace("url(#", $"url(#{name}-", StringComparison.Ordinal);
        }
        // Text has no fill of its own: Skia leaves out black.
        copy.Add(new XAttribute("fill", "currentColor"), new XAttribute("role", "img"), new XAttribute("aria-label", description));
        return copy;
    }
}
