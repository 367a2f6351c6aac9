using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report.Plots;
using SkiaSharp;

namespace GpuPool.Experiments.Report;

/// <summary>Pictures as a network gets them, in rows, with a caption under each.</summary>
internal sealed class ContactSheet : IDisposable
{
    private const int Gap = 6, CaptionHeight = 18, Baseline = 13, FontSize = 11, Byte = 255;

    private readonly int _columns, _side;
    private readonly SKSurface _surface;
    private readonly SKFont _font = new(PlotFont.Typeface, FontSize);
    private readonly SKPaint _ink = new() { Color = SKColors.Black, IsAntialias = true };
    private int _count;

    /// <summary>An empty sheet.</summary>
    /// <param name="pictures">Room for so many.</param>
    /// <param name="side">Rows and columns of each.</param>
    /// <param name="columns">Pictures in a row; by default about as many as there are rows.</param>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: larger than a picture that this program itself would read.</exception>
    public ContactSheet(int pictures, int side, int? columns = null)
    {
        (_side, _columns) = (side, columns ?? (int)Math.Ceiling(Math.Sqrt(pictures)));
        int rows = (pictures + _columns - 1) / _columns;
        long width = Gap + _columns * ((long)side + Gap), height = Gap + rows * ((long)side + CaptionHeight);
        if (Math.Max(width, height) > ImageDecoder.MostSide || width * height > ImageDecoder.MostPixels)
        {
            throw new GpuPoolException(
                ExitCode.Configuration, $"the sheet would have {width} x {height} pixels, more than {ImageDecoder.MostPixels}",
                "Use a smaller --count or --size.");
        }
        _surface = SKSurface.Create(ImageEncoder.Drawing((int)width, (int)height));
        _surface.Canvas.Clear(SKColors.White);
    }

    /// <summary>Adds a picture.</summary>
    /// <param name="colours">(side, side, 3) colours in [0, 1].</param>
    /// <param name="caption">What stands under it.</param>
    /// <param name="boxes">What is drawn over it.</param>
    public void Add(ReadOnlySpan<float> colours, string caption, IEnumerable<DrawnBox> boxes)
    {
        byte[] pixels = new byte[colours.Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Round(Math.Clamp(colours[i], 0f, 1f) * Byte);
        using SKBitmap picture = ImageEncoder.Bitmap(new RgbImage(pixels, _side, _side));
        using (var over = new SKCanvas(picture))
            BoxDrawing.Draw(over, boxes, FontSize);
        int x = Gap + _count % _columns * (_side + Gap), y = Gap + _count / _columns * (_side + CaptionHeight);
        _surface.Canvas.DrawBitmap(picture, x, y);
        _surface.Canvas.DrawText(Fitting(caption), x, y + _side + Baseline, _font, _ink);
        _count++;
    }

    /// <summary>Leaves room for so many pictures free.</summary>
    public void Skip(int pictures) => _count += pictures;

    /// <summary>The sheet as a PNG file.</summary>
    public byte[] Png()
    {
        using SKPixmap drawing = _surface.PeekPixels();
        return ImageEncoder.Png(drawing);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _surface.Dispose();
        _font.Dispose();
        _ink.Dispose();
    }

    // As much of a name as a picture is wide; names come from files and may be of any length.
    private string Fitting(string name)
    {
        if (_font.MeasureText(name) <= _side)
            return name;
        int letters = Enumerable.Range(0, Math.Min(name.Length, _side)).LastOrDefault(count => _font.MeasureText($"{name.AsSpan(0, count)}…") <= _side);
        return $"{name.AsSpan(0, letters)}…";
    }
}
