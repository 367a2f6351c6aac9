namespace GpuPool.Kernels;

/// <summary>A square window that slides over a map: side, step and zero padding on each side, in pixels.</summary>
/// <param name="Size">Side of the window, at least 1.</param>
/// <param name="Stride">Step between windows, at least 1.</param>
/// <param name="Padding">Rows and columns outside the map on each side, at least 0.</param>
public readonly record struct Window(int Size, int Stride = 1, int Padding = 0)
{
    /// <summary>Number of windows along an extent: floor((extent + 2 padding - size) / stride) + 1; the remainder is dropped.</summary>
    public int Output(int extent) => (extent + 2 * Padding - Size) / Stride + 1;

    /// <summary>The output map (N, Ho, Wo, channels) of an input (N, H, W, C).</summary>
    /// <exception cref="ShapeException">The window does not fit, or is not a window.</exception>
    public Shape Output(string op, Shape x, int channels)
    {
        Require.Rank(op, "x", x, "N, H, W, C");
        if (Size < 1 || Stride < 1 || Padding < 0)
            throw new ShapeException($"{op}: the window must have size >= 1, stride >= 1 and padding >= 0, but is {this}.");
        Require.That(x[1] + 2 * Padding >= Size && x[2] + 2 * Padding >= Size, op, "x", x, $"(N, H, W, C) with H, W >= {Size - 2 * Padding}", ShapeFault.TooSmall);
        return new Shape(x[0], Output(x[1]), Output(x[2]), channels);
    }

    /// <summary>The output map (N, Ho, Wo, C) of a pooling op: each of its windows must hold at least one cell of the map.</summary>
    /// <exception cref="ShapeException">The window does not fit, is not a window, or may lie in the padding alone.</exception>
    internal Shape Pooled(string op, Shape x)
    {
        Require.Rank(op, "x", x, "N, H, W, C");
        Require.That(x[1] > 0 && x[2] > 0, op, "x", x, "(N, H, W, C) with H, W >= 1", ShapeFault.TooSmall);
        Shape y = Output(op, x, x[3]);
        return Padding < Size ? y : throw new ShapeException($"{op}: the window must have padding < size, but is {this}.");
    }
}
