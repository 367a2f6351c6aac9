namespace GpuPool.Models.Attribution;

/// <summary>A value for each pixel, row by row.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Values">Height * Width values.</param>
public sealed record Heatmap(int Height, int Width, double[] Values)
{
    /// <summary>Keeps the divisor of <see cref="Normalised"/> above 0, in the released code.</summary>
    public const double Epsilon = 1e-7;

    /// <summary>Whether it shows nothing: all values are equal, or one is not finite.</summary>
    public bool IsBlank => !Values.All(double.IsFinite) || Values.Max() <= Values.Min();

    /// <summary>(value - min) / (max - min + epsilon), in [0, 1]; 0 everywhere for a blank map.</summary>
    /// <param name="epsilon">Added to the divisor.</param>
    public Heatmap Normalised(double epsilon = Epsilon)
    {
        if (IsBlank)
            return new Heatmap(Height, Width, new double[Values.Length]);
        double least = Values.Min(), range = Values.Max() - least + epsilon;
        return new Heatmap(Height, Width, [.. Values.Select(value => (value - least) / range)]);
    }

    /// <summary>Values below 0 become 0.</summary>
    public Heatmap Rectified() => new(Height, Width, [.. Values.Select(value => Math.Max(value, 0))]);

    /// <summary>Bilinear interpolation between the centres of pixels, which keeps the border's values beyond them: OpenCV's default.</summary>
    public Heatmap Resized(int height, int width)
    {
        double[] values = new double[height * width];
        for (int y = 0; y < height; y++)
        {
            (int above, int below, double down) = Taps(y, height, Height);
            for (int x = 0; x < width; x++)
            {
                (int left, int right, double across) = Taps(x, width, Width);
                double top = Between(Values[above * Width + left], Values[above * Width + right], across);
                double bottom = Between(Values[below * Width + left], Values[below * Width + right], across);
                values[y * width + x] = Between(top, bottom, down);
            }
        }
        return new Heatmap(height, width, values);
    }

    /// <summary>The mean of maps of one size.</summary>
    public static Heatmap Mean(IReadOnlyList<Heatmap> maps)
    {
        ArgumentOutOfRangeException.ThrowIfZero(maps.Count, nameof(maps));
        return maps[0] with { Values = [.. Enumerable.Range(0, maps[0].Values.Length).Select(pixel => maps.Average(map => map.Values[pixel]))] };
    }

    private static (int Low, int High, double Share) Taps(int output, int outputs, int inputs)
    {
        double source = Math.Clamp((output + 0.5) * inputs / outputs - 0.5, 0, inputs - 1);
        int low = (int)source;
        return (low, Math.Min(low + 1, inputs - 1), source - low);
    }

    private static double Between(double low, double high, double share) => low + share * (high - low);
}
