namespace GpuPool.Experiments.Data;

/// <summary>An upright 8-bit sRGB picture: red, green and blue bytes interleaved, row by row from the top left corner.</summary>
public sealed class RgbImage
{
    /// <summary>Wraps <paramref name="pixels"/>, <c>3 * width * height</c> bytes, without a copy.</summary>
    public RgbImage(byte[] pixels, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.LongLength, 3L * width * height, nameof(pixels));
        (Pixels, Width, Height) = (pixels, width, height);
    }

    /// <summary>The bytes; nobody writes to them after construction.</summary>
    public byte[] Pixels { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The bytes of one row.</summary>
    public ReadOnlySpan<byte> Row(int y) => Pixels.AsSpan(3 * Width * y, 3 * Width);
}
