using System.Runtime.InteropServices;

namespace GpuPool.Experiments.Data;

/// <summary>How a camera was held, by the corner of the upright view where the stored picture's first row meets its first column; the numbers are those of EXIF.</summary>
internal enum Orientation
{
    TopLeft = 1,
    TopRight,
    BottomRight,
    BottomLeft,
    LeftTop,
    RightTop,
    RightBottom,
    LeftBottom,
}

/// <summary>A colour of a picture.</summary>
internal readonly record struct Rgb(byte Red, byte Green, byte Blue);

/// <summary>A colour as decoders give it.</summary>
internal readonly record struct Rgba(Rgb Colour, byte Alpha);

/// <summary>Turns pictures.</summary>
internal static class OrientationTurn
{
    /// <summary>The upright picture in rented memory, without alpha.</summary>
    /// <param name="orientation">How it is stored.</param>
    /// <param name="stored">Its pixels, row by row.</param>
    /// <param name="w">Columns that are stored.</param>
    /// <param name="h">Rows that are stored.</param>
    public static RgbImage Upright(this Orientation orientation, ReadOnlySpan<Rgba> stored, int w, int h)
    {
        // Where the stored picture's upper left pixel of the upright view lies, and the steps to its right and lower neighbours.
        (int first, int right, int down) = orientation switch
        {
            Orientation.TopRight => (w - 1, -1, w),
            Orientation.BottomRight => (w * h - 1, -1, -w),
            Orientation.BottomLeft => (w * (h - 1), 1, -w),
            Orientation.LeftTop => (0, w, 1),
            Orientation.RightTop => (w * (h - 1), -w, 1),
            Orientation.RightBottom => (w * h - 1, -w, -1),
            Orientation.LeftBottom => (w - 1, w, -1),
            _ => (0, 1, w),
        };
        (int width, int height) = orientation < Orientation.LeftTop ? (w, h) : (h, w);
        RgbImage image = RgbImage.Rent(width, height, out Span<byte> bytes);
        Span<Rgb> pixels = MemoryMarshal.Cast<byte, Rgb>(bytes);
        for (int y = 0; y < height; y++)
        {
            Span<Rgb> row = pixels.Slice(y * width, width);
            for (int x = 0, pixel = first + y * down; x < row.Length; x++, pixel += right)
                row[x] = stored[pixel].Colour;
        }
        return image;
    }
}
