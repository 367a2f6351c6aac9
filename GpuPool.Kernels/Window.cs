namespace GpuPool.Kernels;

/// <summary>
/// A window that slides over a map: <c>new Window(3, 2, 1)</c> is a square of side 3 with stride 2 and padding 1, <c>new Window((1, 7), padding: (0, 3))</c> a
/// row of seven pixels.
/// </summary>
public readonly record struct Window
{
    /// <summary>A window without dilation, whose remainder at the end of an axis is dropped.</summary>
    /// <param name="size">Pixels of the window, at least 1 along each axis.</param>
    /// <param name="stride">Step between windows, at least 1; 1 by default.</param>
    /// <param name="padding">Rows and columns outside the map on each side, at least 0; 0 by default.</param>
    public Window(Axes size, Axes? stride = null, Axes? padding = null)
    {
        (Size, Stride, Padding) = (size, stride ?? 1, padding ?? 0);
    }

    /// <summary>Pixels of the window.</summary>
    public Axes Size { get; }

    /// <summary>Step between windows.</summary>
    public Axes Stride { get; }

    /// <summary>Rows and columns outside the map on each side.</summary>
    public Axes Padding { get; }

    /// <summary>Step between the pixels of a window, at least 1; 1 by default.</summary>
    public Axes Dilation { get; init; } = 1;

    /// <summary>
    /// Whether a remainder at the end of an axis gets a window of its own, as PyTorch's ceil_mode has it: where it would start behind the map and the padding
    /// before it, it is dropped all the same. False by default.
    /// </summary>
    public bool Ceil { get; init; }

    /// <summary>Rows and columns from the first pixel of a window to its last.</summary>
    internal Axes Reach => new(Dilation.Height * (Size.Height - 1) + 1, Dilation.Width * (Size.Width - 1) + 1);

    /// <summary>The output map (N, Ho, Wo, channels) of an input (N, H, W, C), with Ho = floor((H + 2 padding - reach) / stride) + 1 and Wo likewise.</summary>
    /// <exception cref="ShapeException">The window does not fit, or is not a window.</exception>
    public Shape Output(string op, Shape x, int channels)
    {
        Require.Rank(op, "x", x, "N, H, W, C");
        if (Math.Min(Size.Height, Size.Width) < 1 || Math.Min(Stride.Height, Stride.Width) < 1 || Math.Min(Padding.Height, Padding.Width) < 0
            || Math.Min(Dilation.Height, Dilation.Width) < 1)
            throw new ShapeException($"{op}: the window must have size, stride and dilation >= 1 and padding >= 0, but is {this}.");
        Axes least = new(Reach.Height - 2 * Padding.Height, Reach.Width - 2 * Padding.Width);
        Require.That(x[1] >= least.Height && x[2] >= least.Width, op, "x", x,
            $"(N, H, W, C) with {(least.Height == least.Width ? $"H, W >= {least}" : $"H >= {least.Height}, W >= {least.Width}")}", ShapeFault.TooSmall);
        Axes windows = Windows(x);
        return new Shape(x[0], windows.Height, windows.Width, channels);
    }

    /// <summary>Number of windows along each axis of a map (N, H, W, C) that they fit.</summary>
    internal Axes Windows(Shape x) => new(
        Windows(x[1], Reach.Height, Stride.Height, Padding.Height), Windows(x[2], Reach.Width, Stride.Width, Padding.Width));

    /// <summary>The output map (N, Ho, Wo, C) of a pooling op: each of its windows must hold at least one cell of the map.</summary>
    /// <exception cref="ShapeException">The window does not fit, is not a window, may lie in the padding alone, or is of a kind that the op does not take.</exception>
    internal Shape Pooled(string op, Shape x, bool takesCeil = false)
    {
        Require.Rank(op, "x", x, "N, H, W, C");
        Require.That(x[1] > 0 && x[2] > 0, op, "x", x, "(N, H, W, C) with H, W >= 1", ShapeFault.TooSmall);
        Refuse(op, dilation: true, ceil: !takesCeil);
        Shape y = Output(op, x, x[3]);
        return Padding.Height < Size.Height && Padding.Width < Size.Width ? y : throw new ShapeException($"{op}: the window must have padding < size, but is {this}.");
    }

    /// <summary>Refuses kinds of windows that an op does not take.</summary>
    /// <exception cref="ShapeException">This is one.</exception>
    internal void Refuse(string op, bool dilation, bool ceil)
    {
        if (dilation && Dilation != 1)
            throw new ShapeException($"{op}: the window must have dilation 1, the only one that this op takes, but is {this}.");
        if (ceil && Ceil)
            throw new ShapeException($"{op}: the window must not have Ceil, which this op does not take, but is {this}.");
    }

    private int Windows(int extent, int reach, int stride, int padding)
    {
        int room = extent + 2 * padding - reach;
        if (!Ceil)
            return room / stride + 1;
        int last = (room + stride - 1) / stride;
        return last * stride < extent + padding ? last + 1 : last;
    }
}
