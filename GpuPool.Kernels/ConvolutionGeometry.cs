namespace GpuPool.Kernels;

/// <summary>Extents of a convolution as plain numbers, for kernels: x (N, H, W, C) under a window gives y (N, Ho, Wo, O).</summary>
internal struct ConvolutionGeometry
{
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

    public readonly int InputPixels => N * H * W;

    public readonly int OutputPixels => N * Ho * Wo;
}
