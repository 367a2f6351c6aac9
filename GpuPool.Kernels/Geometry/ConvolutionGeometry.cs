namespace GpuPool.Kernels.Geometry;

/// <summary>Extents of a convolution as plain numbers, for kernels: x (N, H, W, C) under a window gives y (N, Ho, Wo, O).</summary>
internal struct ConvolutionGeometry
{
    private const int FewChannels = 8;

    public int N, H, W, C, Ho, Wo, O;

    public Axes Size, Stride, Padding, Dilation;

    public ConvolutionGeometry(Window window, Shape x, int outputs)
    {
        (N, H, W, C) = (x[0], x[1], x[2], x[3]);
        (Size, Stride, Padding, Dilation) = (window.Size, window.Stride, window.Padding, window.Dilation);
        ((Ho, Wo), O) = (window.Windows(x), outputs);
    }

    /// <summary>A product of rows with a matrix is a convolution of single pixels.</summary>
    public ConvolutionGeometry(int rows, int inputs, int outputs)
    {
        (N, H, W, C) = (rows, 1, 1, inputs);
        (Size, Stride, Padding, Dilation) = (1, 1, 0, 1);
        (Ho, Wo, O) = (1, 1, outputs);
    }

    /// <summary>Whether it is a plain product of pixels with a matrix.</summary>
    public readonly bool IsProduct => Size == 1 && Stride == 1 && Padding == 0;

    /// <summary>Positions in the window.</summary>
    public readonly int Taps => Size.Area;

    /// <summary>
    /// Whether a host body gathers a whole row of the window at once: with few channels, as in an image, its pixels are one short run of memory. Only rows that
    /// reach into the padding are copied.
    /// </summary>
    public readonly bool GathersRows => Size.Width > 1 && Dilation.Width == 1 && C < FewChannels;

    /// <summary>Runs of memory that a host body gathers for an output pixel.</summary>
    public readonly int Runs => GathersRows ? Size.Height : Taps;

    /// <summary>Elements of such a run.</summary>
    public readonly int RunLength => GathersRows ? Size.Width * C : C;

    /// <summary>
    /// Whether a position in the window meets the map anywhere: where maps are smaller than windows, as near the end of a network, most only meet padding.
    /// Rows that are gathered whole are taken whole.
    /// </summary>
    public readonly bool Meets(int tap)
    {
        int row = Row(tap), column = Column(tap);
        return Meets(row, H, Ho, Stride.Height) && (GathersRows || Meets(column, W, Wo, Stride.Width));
    }

    /// <summary>The same of a run.</summary>
    public readonly bool MeetsRun(int run) => Meets(FirstTap(run));

    /// <summary>The tap with which a run begins.</summary>
    public readonly int FirstTap(int run) => GathersRows ? run * Size.Width : run;

    /// <summary>Row of the map that a position in the first window meets, below 0 where that is padding.</summary>
    public readonly int Row(int tap) => tap / Size.Width * Dilation.Height - Padding.Height;

    /// <summary>Column of the map that a position in the first window meets, below 0 where that is padding.</summary>
    public readonly int Column(int tap) => tap % Size.Width * Dilation.Width - Padding.Width;

    public readonly int OutputPixels => N * Ho * Wo;

    // Windows from the first that does not lie before the map on.
    private static bool Meets(int position, int inputs, int outputs, int stride)
    {
        int first = Math.Max(0, (stride - 1 - position) / stride);
        return first < outputs && first * stride + position < inputs;
    }
}
