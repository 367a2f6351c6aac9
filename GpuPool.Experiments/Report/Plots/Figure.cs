using System.Text;
using System.Xml.Linq;
using GpuPool.Experiments.Data;
using SkiaSharp;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>A picture of some plots, as PNG and as SVG.</summary>
/// <param name="Width">Width in pixels of a page.</param>
/// <param name="Height">Height in pixels of a page.</param>
/// <param name="Draw">Draws it on an empty canvas of this size.</param>
internal sealed record Figure(int Width, int Height, Action<SKCanvas> Draw)
{
    // Two pixels of the file for one of the page: sharp on dense screens and on paper.
    private const int Density = 2;

    /// <summary>The bytes of a PNG file.</summary>
    public byte[] Png()
    {
        using SKSurface surface = SKSurface.Create(ImageEncoder.Drawing(Width * Density, Height * Density));
        surface.Canvas.Scale(Density);
        DrawOnWhite(surface.Canvas);
        using SKPixmap drawing = surface.PeekPixels();
        return ImageEncoder.Png(drawing);
    }

    /// <summary>An SVG element on a white ground.</summary>
    public XElement Svg()
    {
        using var stream = new MemoryStream();
        using (SKCanvas canvas = SKSvgCanvas.Create(SKRect.Create(Width, Height), stream))
            DrawOnWhite(canvas);
        return SvgImage.Clean(XElement.Parse(Encoding.UTF8.GetString(stream.ToArray())), Width, Height);
    }

    private void DrawOnWhite(SKCanvas canvas)
    {
        canvas.Clear(SKColors.White);
        Draw(canvas);
    }
}
