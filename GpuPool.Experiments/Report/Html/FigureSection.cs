using System.Xml.Linq;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report.Plots;
using SkiaSharp;

namespace GpuPool.Experiments.Report.Html;

/// <summary>What <c>reproduce figure4</c> left: the figure, its deletion and insertion curves, and how far attention looks.</summary>
internal static class FigureSection
{
    // What only proves that it can be drawn, in coarse pictures: a page is to stay small.
    private const int Quality = 80, SmokeQuality = 30;

    /// <summary>The section of a figure.</summary>
    public static Section Of(MapFigureFiles figure, PlotFolder plots) => new($"Figure 4: where networks look ({figure.Name})",
    [
        Picture(figure, figure.Figure, $"{figure.Name}: for pictures in columns, Grad-CAM of their classes with LIP and with self-attentive pooling, and the weights of the pools directly."),
        figure.Deletion is { } curves
            ? new object?[]
            {
                Tag.Of("h3", "Is a map right?"),
                Tag.Of("p", "The score of the predicted class while the pixels that the map shows most are greyed out first (deletion), or brought in first (insertion). A map that is right falls, or rises, faster than a random one."),
                plots.Add($"{curves.File.Name}", DeletionPlot.Draw(curves.File.Name, curves.Rows), $"{curves.File.Name}: deletion and insertion curves by method, pale for random maps."),
                Tag.Of("details", Tag.Of("summary", "Numbers"), HtmlTable.Plain(curves.File)),
            }
            : null,
        figure.Attention is { } attention
            ? new object?[]
            {
                Tag.Of("h3", "What attention sees"),
                Tag.Of("p", "Entropy is the share of that of equal weights: 1 where all tokens count alike. Distances are pixels of the input, from a token to those that it looks at."),
                figure.AttentionPicture is { } seen ? Picture(figure, seen, $"{attention.Name}: a token of a picture, the weights of each pool, and where the token looks by each head.") : null,
                HtmlTable.Plain(attention),
            }
            : null,
    ]);

    // Photographs as PNG would be most of the page.
    private static XElement Picture(MapFigureFiles figure, byte[] png, string description)
    {
        using RgbImage image = ImageDecoder.Decode(png, description);
        string data = Convert.ToBase64String(ImageEncoder.Encode(image, SKEncodedImageFormat.Webp, figure.IsSmoke ? SmokeQuality : Quality));
        return Tag.Of(
            "figure", new XElement("img", new XAttribute("src", $"data:image/webp;base64,{data}"), new XAttribute("alt", description)), Tag.Of("figcaption", description));
    }
}
