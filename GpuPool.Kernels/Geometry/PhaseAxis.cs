namespace GpuPool.Kernels.Geometry;

/// <summary>
/// One axis of the gradient of a convolution's input, of which every Stride-th cell, beginning with cell Phase, meets the same taps: First, First + Step, ... The cell of number a
/// meets at the t-th of them the output of number a + Shift - t Back.
/// </summary>
internal readonly record struct PhaseAxis(int Phase, int Stride, int Cells, int First, int Step, int Taps, int Shift, int Back)
{
    public static PhaseAxis Of(int phase, int extent, int size, int stride, int padding, int dilation)
    {
        int cells = (extent - phase + stride - 1) / stride;
        int first = Enumerable.Range(0, Math.Min(size, stride)).FirstOrDefault(tap => (phase + padding - tap * dilation) % stride == 0, size);
        int step = Enumerable.Range(1, stride).First(taps => taps * dilation % stride == 0);
        return new(phase, stride, cells, first, step, first >= size ? 0 : (size - first + step - 1) / step, (phase + padding - first * dilation) / stride, step * dilation / stride);
    }

    /// <summary>Cell of the input.</summary>
    public int Cell(int number) => number * Stride + Phase;

    /// <summary>Tap of the window.</summary>
    public int Tap(int number) => First + number * Step;
}
