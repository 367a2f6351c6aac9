using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>Resizes a window over a picture by bilinear interpolation without averaging where it shrinks, as OpenCV does; only rows that are looked at are touched.</summary>
/// <remarks>
/// Output i looks at c = (i + 1/2) s - 1/2, s = window / outputs: at the pixels floor(c) and floor(c) + 1, each moved into the window, with weights 1 - f and f, f = c - floor(c).
/// Pixels of the window that lie outside of the picture have the ground's colour. A pixel is three lanes of a vector of four; the fourth is rubbish that the next
/// pixel overwrites, so each row needs one float behind its end. Products and sums are rounded one by one, so all processors agree.
/// </remarks>
internal static class SceneSampler
{
    private const int Channels = 3;

    /// <summary>Writes rows of red, green and blue from 0 to 255.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="scene">The window over it.</param>
    /// <param name="width">Columns to write.</param>
    /// <param name="height">Rows to write.</param>
    /// <param name="flip">Whether left and right are exchanged.</param>
    /// <param name="ground">What lies beside the picture.</param>
    /// <param name="target">Where to.</param>
    /// <param name="stride">From one row to the next.</param>
    public static void Sample(RgbImage image, Scene scene, int width, int height, bool flip, GroundColour ground, Span<float> target, int stride)
    {
        int length = Channels * width;
        float[] source = ArrayPool<float>.Shared.Rent(Channels * (image.Width + 2) + 1);
        float[] upper = ArrayPool<float>.Shared.Rent(length + 1), lower = ArrayPool<float>.Shared.Rent(length + 1);
        Tap[] columns = ArrayPool<Tap>.Shared.Rent(width);
        for (int x = 0; x < width; x++)
        {
            // The row has a pixel of ground before the picture's first and one behind its last.
            Tap tap = Tap.Of(x, scene.Width, width);
            columns[flip ? width - 1 - x : x] = new Tap(
                Channels * Math.Clamp(tap.First + scene.Left + 1, 0, image.Width + 1), Channels * Math.Clamp(tap.Second + scene.Left + 1, 0, image.Width + 1), tap.Weight);
        }
        int upperRow = -1, lowerRow = -1;
        for (int y = 0; y < height; y++)
        {
            Tap tap = Tap.Of(y, scene.Height, height);
            if (tap.First == lowerRow)
                (upper, lower, upperRow, lowerRow) = (lower, upper, lowerRow, upperRow);
            if (tap.First != upperRow)
                Narrow(image, (upperRow = tap.First) + scene.Top, ground, columns.AsSpan(0, width), source, upper);
            if (tap.Second != lowerRow)
                Narrow(image, (lowerRow = tap.Second) + scene.Top, ground, columns.AsSpan(0, width), source, lower);
            Span<float> row = target.Slice(stride * y, length);
            TensorPrimitives.Multiply(upper.AsSpan(0, length), 1 - tap.Weight, row);
            TensorPrimitives.MultiplyAdd(lower.AsSpan(0, length), tap.Weight, row, row);
        }
        ArrayPool<Tap>.Shared.Return(columns);
        foreach (float[] rented in new[] { source, upper, lower })
            ArrayPool<float>.Shared.Return(rented);
    }

    // One row of the picture, or of the ground above and below it, at the output's columns.
    private static void Narrow(RgbImage image, int y, GroundColour ground, ReadOnlySpan<Tap> columns, float[] source, float[] target)
    {
        int end = Channels * (image.Width + 1);
        if (y >= 0 && y < image.Height)
        {
            TensorPrimitives.ConvertTruncating(image.Row(y), source.AsSpan(Channels));
            Set(source, ground, 0);
            Set(source, ground, end);
        }
        else
        {
            for (int i = 0; i <= end; i += Channels)
                Set(source, ground, i);
        }
        ref float from = ref MemoryMarshal.GetArrayDataReference(source), to = ref MemoryMarshal.GetArrayDataReference(target);
        for (int x = 0; x < columns.Length; x++)
        {
            Tap tap = columns[x];
            Vector128<float> left = Vector128.LoadUnsafe(ref from, (nuint)tap.First), right = Vector128.LoadUnsafe(ref from, (nuint)tap.Second);
            (left * (1 - tap.Weight) + right * tap.Weight).StoreUnsafe(ref to, (nuint)(Channels * x));
        }
    }

    private static void Set(float[] row, GroundColour ground, int at) => (row[at], row[at + 1], row[at + 2]) = (ground.Red, ground.Green, ground.Blue);

    // The two pixels that make one, and the share of the second.
    private readonly record struct Tap(int First, int Second, float Weight)
    {
        public static Tap Of(int output, int inputs, int outputs)
        {
            double centre = (output + 0.5) * inputs / outputs - 0.5;
            int first = (int)Math.Floor(centre);
            return new Tap(Math.Clamp(first, 0, inputs - 1), Math.Clamp(first + 1, 0, inputs - 1), (float)(centre - first));
        }
    }
}
