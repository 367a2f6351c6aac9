namespace GpuPool.Kernels.Geometry;

/// <summary>Extents of a convolution as plain numbers, for kernels: x (N, H, W, C) under a window gives y (N, Ho, Wo, O).</summary>
internal struct ConvolutionGeometry
{
    private const int FewChannels = 8;

    public int N, H, W, C, Ho, Wo, O, Size, Stride, Padding;

    public ConvolutionGeometry(Window window, Shape x, int outputs)
    {
        (N, H, W, C) = (x[0], x[1], x[2], x[3]);
        (Size, Stride, Padding) = (window.Size, window.Stride, window.Padding);
        (Ho, Wo, O) = (window.Output(H), window.Output(W), outputs);
    }

    /// <summary>A product of rows with a matrix is a convolution of single pixels.</summary>
    public ConvolutionGeometry(int rows, int inputs, int outputs)
    {
        (N, H, W, C) = (rows, 1, 1, inputs);
        (Size, Stride, Padding) = (1, 1, 0);
        (Ho, Wo, O) = (1, 1, outputs);
    }

    /// <summary>Positions in the window.</summary>
    public readonly int Taps => Size * Size;

    /// <summary>
    /// Whether a host body gathers a whole row of the window at once: with few channels, as in an image, its pixels are one short run of memory. That
    /// takes a copy of x with its padding columns.
    /// </summary>
    public readonly bool GathersRows => Size > 1 && C < FewChannels;

    /// <summary>Runs of memory that a host body gathers for an output pixel.</summary>
    public readonly int Runs => GathersRows ? Size : Taps;

    /// <summary>Elements of such a run.</summary>
    public readonly int RunLength => GathersRows ? Size * C : C;

    /// <summary>Columns of the copy with padding.</summary>
    public readonly int PaddedWidth => W + 2 * Padding;

    /// <summary>Elements of the copy with padding; 0 where none is made.</summary>
    public readonly int PaddedCount => GathersRows ? checked(N * H * PaddedWidth * C) : 0;

    /// <summary>
    /// Whether a position in the window meets the map anywhere: where maps are smaller than windows, as near the end of a network, most only meet padding.
    /// Rows that are gathered whole are taken whole.
    /// </summary>
    public readonly bool Meets(int tap) => Meets(tap / Size, H, Ho) && (GathersRows || Meets(tap % Size, W, Wo));

    /// <summary>The same of a run.</summary>
    public readonly bool MeetsRun(int run) => Meets(FirstTap(run));

    /// <summary>The tap with which a run begins.</summary>
    public readonly int FirstTap(int run) => GathersRows ? run * Size : run;

    public readonly int InputPixels => N * H * W;

    public readonly int OutputPixels => N * Ho * Wo;

    private readonly bool Meets(int position, int inputs, int outputs)
    {
        int first = Math.Max(0, (Padding - position + Stride - 1) / Stride);
        return first < outputs && first * Stride + position - Padding < inputs;
    }
}
