using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>What Skia writes as SVG, made fit for files and for pages.</summary>
internal static partial class SvgImage
{
    private const string Reference = "url(#";

    private static readonly string[] Paints = ["fill", "stroke"];

    // A hundredth of a pixel is seen by nobody, and the rest is half of the file.
    [GeneratedRegex(@"\d+\.\d{3,}", RegexOptions.CultureInvariant)]
    private static partial Regex LongNumber { get; }

    /// <summary>
    /// Mends lists that end with a comma and text within white space, names fonts to fall back to, lets the picture scale, numbers its identifiers, which Skia counts on
    /// from picture to picture, and leaves out what is the default or cannot be seen.
    /// </summary>
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
        foreach (XAttribute attribute in svg.Descendants().Attributes())
            attribute.Value = LongNumber.Replace(attribute.Value, number => double.Parse(number.Value, CultureInfo.InvariantCulture).ToString("0.##", CultureInfo.InvariantCulture));
        svg.Descendants().Attributes("stroke-miterlimit").Where(limit => limit.Value == "4").Remove();
        Dictionary<string, string> names = svg.Descendants().Attributes("id").Index().ToDictionary(name => name.Item.Value, name => $"part-{name.Index + 1}");
        Rename(svg, old => names[old]);
        return svg;
    }

    /// <summary>
    /// A copy for a page: black becomes the colour of the page's text and white its ground, and the identifiers begin with <paramref name="name"/>, since they
    /// are those of the whole page.
    /// </summary>
    public static XElement Inline(XElement svg, string name, string description)
    {
        var copy = new XElement(svg);
        Rename(copy, old => $"{name}-{old}");
        foreach (XAttribute paint in copy.Descendants().Attributes().Where(attribute => Paints.Contains(attribute.Name.LocalName)))
            paint.Value = paint.Value switch { "black" or "#010101" => "currentColor", "white" => "none", _ => paint.Value };
        // Text has no fill of its own: Skia leaves out black.
        copy.Add(new XAttribute("fill", "currentColor"), new XAttribute("role", "img"), new XAttribute("aria-label", description));
        return copy;
    }

    private static void Rename(XElement svg, Func<string, string> name)
    {
        foreach (XAttribute attribute in svg.Descendants().Attributes())
        {
            if (attribute.Name == "id")
                attribute.Value = name(attribute.Value);
            else if (attribute.Value.StartsWith(Reference, StringComparison.Ordinal))
                attribute.Value = $"{Reference}{name(attribute.Value[Reference.Length..^1])})";
            else if (attribute.Name.LocalName == "href" && attribute.Value.StartsWith('#'))
                attribute.Value = $"#{name(attribute.Value[1..])}";
        }
    }
}
