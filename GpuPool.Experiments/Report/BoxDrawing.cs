using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report.Plots;
using SkiaSharp;

namespace GpuPool.Experiments.Report;

/// <summary>A box to draw.</summary>
/// <param name="Box">Where, in pixels of the picture.</param>
/// <param name="Label">Its class, which has a colour of its own.</param>
/// <param name="Caption">What is written at its upper left corner, such as a class and a score.</param>
internal readonly record struct DrawnBox(Box Box, int Label, string Caption);

/// <summary>Draws boxes with captions over a picture.</summary>
internal static class BoxDrawing
{
    private const int LegibleSide = 640, FontSize = 13, FontShare = 60;

    // The golden angle: however many classes there are, neighbours are far apart on the circle of hues.
    private const float HueStep = 137.508f, Saturation = 80, Value = 85;

    /// <summary>Draws them in their order; a caption that finds no room above its box stands within.</summary>
    /// <param name="canvas">The picture is at its origin.</param>
    /// <param name="boxes">The boxes.</param>
    /// <param name="fontSize">Of the captions, in pixels; lines are a seventh as wide, at least one pixel.</param>
    public static void Draw(SKCanvas canvas, IEnumerable<DrawnBox> boxes, float fontSize)
    {
        using var font = new SKFont(PlotFont.Typeface, fontSize);
        using var paint = new SKPaint { IsAntialias = true, StrokeWidth = Math.Max(1, fontSize / 7) };
        foreach (DrawnBox drawn in boxes)
        {
            Box box = drawn.Box;
            var colour = SKColor.FromHsv(drawn.Label * HueStep % 360, Saturation, Value);
            paint.Color = colour;
            paint.Style = SKPaintStyle.Stroke;
            canvas.DrawRect(box.X1, box.Y1, box.Width, box.Height, paint);
            float height = 1.2f * fontSize, top = box.Y1 >= height ? box.Y1 - height : Math.Max(0, box.Y1);
            paint.Style = SKPaintStyle.Fill;
            canvas.DrawRect(box.X1, top, font.MeasureText(drawn.Caption), height, paint);
            paint.Color = Brightness(colour) > 0.5 ? SKColors.Black : SKColors.White;
            canvas.DrawText(drawn.Caption, box.X1, top + fontSize, font, paint);
        }
    }

    // Share of white, as the eye weighs the primaries of sRGB.
    private static double Brightness(SKColor colour) => (0.2126 * colour.Red + 0.7152 * colour.Green + 0.0722 * colour.Blue) / byte.MaxValue;

    /// <summary>A picture with boxes as a PNG file; a small one is enlarged, so that captions can be read and leave room for what they name.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="boxes">The boxes, the last on top.</param>
    public static byte[] Png(RgbImage image, IEnumerable<DrawnBox> boxes)
    {
        int longer = Math.Max(image.Width, image.Height), factor = Math.Max(1, (LegibleSide + longer - 1) / longer);
        using SKBitmap original = ImageEncoder.Bitmap(image);
        using var drawn = new SKBitmap(ImageEncoder.Drawing(factor * image.Width, factor * image.Height));
        using (var canvas = new SKCanvas(drawn))
        {
            using SKImage source = SKImage.FromBitmap(original);
            canvas.DrawImage(source, new SKRect(0, 0, drawn.Width, drawn.Height), new SKSamplingOptions(SKCubicResampler.Mitchell));
            Draw(canvas, boxes.Select(box => box with { Box = box.Box.Scaled(factor, factor) }), Math.Max(FontSize, factor * longer / FontShare));
        }
        using SKPixmap pixels = drawn.PeekPixels();
        return ImageEncoder.Png(pixels);
    }
}
