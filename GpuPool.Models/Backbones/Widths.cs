namespace GpuPool.Models.Backbones;

/// <summary>How a width changes numbers of channels.</summary>
public static class Widths
{
    /// <summary>
    /// The multiple of 8 nearest to width * channels, at least 8 and at least 90 % of it; at a width of exactly 0.1 the released code takes multiples of 4.
    /// </summary>
    public static int Channels(int channels, double width)
    {
        int divisor = width == 0.1 ? 4 : 8, rounded = Math.Max(divisor, (int)(channels * width + divisor / 2) / divisor * divisor);
        return rounded < 0.9 * channels * width ? rounded + divisor : rounded;
    }
}
