using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report.Plots;
using SkiaSharp;

namespace GpuPool.Experiments.Report;

/// <summary>A row of a <see cref="PictureGrid"/>.</summary>
/// <param name="Name">What stands at its left; may be empty.</param>
/// <param name="Cells">Its pictures with what stands below each; null leaves room.</param>
internal sealed record PictureRow(string Name, IReadOnlyList<(RgbImage Picture, string Caption)?> Cells);

/// <summary>Square pictures in rows and columns with their names, and a bar that says what the colours of heat maps mean.</summary>
/// <param name="Title">Stands above all.</param>
/// <param name="Rows">The rows, all as long as the first.</param>
/// <param name="Low">What the bar says of its lower end; null for no bar.</param>
/// <param name="High">What it says of its upper end.</param>
/// <param name="Side">Pixels of a picture on the page.</param>
internal sealed record PictureGrid(string Title, IReadOnlyList<PictureRow> Rows, string? Low = null, string? High = null, int Side = 128)
{
    private const int Gap = 6, TitleHeight = 30, CaptionHeight = 18, Baseline = 13, MostNameWidth = 150, BarHeight = 12, BarWidth = 220, FootHeight = 40;
    private const float TitleSize = 13, FontSize = 11;

    private int Columns => Rows.Max(row => row.Cells.Count);

    private int Left
    {
        get
        {
            using SKFont font = new(PlotFont.Typeface, FontSize);
            return Math.Min(MostNameWidth, Gap + Rows.Max(row => row.Name.Length == 0 ? 0 : (int)Math.Ceiling(font.MeasureText(row.Name)) + Gap));
        }
    }

    private int Width => Math.Max(Left + Columns * (Side + Gap), 420);

    private int Height => TitleHeight + Rows.Count * (Side + CaptionHeight) + (Low is null ? Gap : FootHeight);

    /// <summary>Draws it; the pictures must live as long as the figure.</summary>
    public Figure Draw() => new(Width, Height, canvas =>
    {
        using SKFont title = new(PlotFont.Typeface, TitleSize), font = new(PlotFont.Typeface, FontSize);
        using var ink = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        canvas.DrawText(Fitting(Title, title, Width - 2 * Gap), Gap, 20, title, ink);
        foreach ((int index, PictureRow row) in Rows.Index())
        {
            float top = TitleHeight + index * (Side + CaptionHeight);
            if (row.Name.Length > 0)
                canvas.DrawText(Fitting(row.Name, font, Left - 2 * Gap), Gap, top + Side / 2f, font, ink);
            foreach ((int column, (RgbImage Picture, string Caption)? cell) in row.Cells.Index())
            {
                if (cell is not { } shown)
                    continue;
                float left = Left + column * (Side + Gap);
                DrawPicture(canvas, shown.Picture, SKRect.Create(left, top, Side, Side));
                canvas.DrawText(Fitting(shown.Caption, font, Side), left, top + Side + Baseline, font, ink);
            }
        }
        if (Low is not null)
            DrawBar(canvas, font, ink);
    });

    private static void DrawPicture(SKCanvas canvas, RgbImage picture, SKRect place)
    {
        using SKBitmap bitmap = ImageEncoder.Bitmap(picture);
        using SKImage image = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(image, place, new SKSamplingOptions(SKCubicResampler.Mitchell));
    }

    private void DrawBar(SKCanvas canvas, SKFont font, SKPaint ink)
    {
        float top = Height - FootHeight + 8;
        using var paint = new SKPaint();
        for (int x = 0; x < BarWidth; x++)
        {
            (double red, double green, double blue) = HeatColours.Jet(x / (BarWidth - 1.0));
            paint.Color = new SKColor((byte)(255 * red), (byte)(255 * green), (byte)(255 * blue));
            canvas.DrawRect(Left + x, top, 1, BarHeight, paint);
        }
        canvas.DrawText(Low!, Left, top + BarHeight + Baseline, font, ink);
        canvas.DrawText(High!, Left + BarWidth, top + BarHeight + Baseline, SKTextAlign.Right, font, ink);
    }

    // As much as there is room for; names come from files and may be of any length.
    private static string Fitting(string text, SKFont font, float width)
    {
        if (font.MeasureText(text) <= width)
            return text;
        int letters = Enumerable.Range(0, text.Length).LastOrDefault(count => font.MeasureText($"{text.AsSpan(0, count)}…") <= width);
        return $"{text.AsSpan(0, letters)}…";
    }
}
