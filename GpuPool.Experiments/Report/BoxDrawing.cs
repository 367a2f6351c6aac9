using GpuPool.Experiments.Report.Plots;
using GpuPool.Kernels.Boxes;
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
            paint.Color = SKColor.FromHsv(drawn.Label * HueStep % 360, Saturation, Value);
            paint.Style = SKPaintStyle.Stroke;
            canvas.DrawRect(box.X1, box.Y1, box.Width, box.Height, paint);
            float height = 1.2f * fontSize, top = box.Y1 >= height ? box.Y1 - height : Math.Max(0, box.Y1);
            paint.Style = SKPaintStyle.Fill;
            canvas.DrawRect(box.X1, top, font.MeasureText(drawn.Caption), height, paint);
            paint.Color = SKColors.White;
            canvas.DrawText(drawn.Caption, box.X1, top + fontSize, font, paint);
        }
    }
}
