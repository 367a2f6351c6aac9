using ScottPlot;
using SkiaSharp;

namespace GpuPool.Experiments.Report.Plots;

/// <summary>The one font of all plots, DejaVu Sans, which the program brings along: so a plot looks the same everywhere.</summary>
internal sealed class PlotFont : IFontResolver
{
    /// <summary>Name of the font, and of fonts with letters of nearly the same widths, for readers of SVG files without it.</summary>
    public const string Family = "DejaVu Sans", Fallbacks = "DejaVu Sans, Verdana, sans-serif";

    /// <summary>The font.</summary>
    public static SKTypeface Typeface { get; } = Load();

    private PlotFont() { }

    /// <summary>Makes it the font of ScottPlot.</summary>
    public static void Use()
    {
        if (Fonts.FontResolvers is [PlotFont])
            return;
        Fonts.FontResolvers.Clear();
        Fonts.FontResolvers.Add(new PlotFont());
        Fonts.Default = Family;
    }

    /// <inheritdoc/>
    public SKTypeface CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => Typeface;

    /// <inheritdoc/>
    public SKTypeface CreateTypeface(string fontName, bool bold, bool italic) => Typeface;

    private static SKTypeface Load()
    {
        using Stream font = typeof(PlotFont).Assembly.GetManifestResourceStream("GpuPool.Experiments.Report.Fonts.DejaVuSans.ttf")!;
        return SKTypeface.FromStream(font);
    }
}
