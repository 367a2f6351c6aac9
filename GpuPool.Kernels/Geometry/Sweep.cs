namespace GpuPool.Kernels.Geometry;

/// <summary>
/// Sequences that run through the windows of one axis of an array (outer, extent, inner, channels), as kernels see them. Sequences are numbered by
/// (outer, window, inner), positions of the array by (outer, cell, inner).
/// </summary>
/// <remarks>
/// Made of numbers alone: with the windows in it, it would be like <see cref="MapResampling"/> when both are flattened, and ILGPU, which takes them for one type then, would keep it in
/// memory of each thread, which PoCL refuses.
/// </remarks>
/// <param name="Extent">Cells of the axis.</param>
/// <param name="Count">Number of windows.</param>
/// <param name="Size">Cells of a window.</param>
/// <param name="Stride">Cells from one window to the next.</param>
/// <param name="Inner">Positions between two cells of the axis.</param>
/// <param name="Reverse">1 where sequences run from the last cell of a window to the first.</param>
internal readonly record struct Sweep(int Extent, int Count, int Size, int Stride, int Inner, int Reverse)
{
    private WindowAxis Axis => new(Extent, Count, Size, Stride, 0);

    /// <summary>Position that a sequence reads at a step.</summary>
    public int Position(int sequence, int step)
    {
        int line = sequence / Inner, cell = Axis.Start(line % Axis.Count) + (Reverse != 0 ? Axis.Size - 1 - step : step);
        return (line / Axis.Count * Axis.Extent + cell) * Inner + sequence % Inner;
    }

    /// <summary>Windows with sequences that read a position.</summary>
    public Interval Holding(int position) => Axis.Holding(position / Inner % Axis.Extent);

    /// <summary>Sequence of one of these windows.</summary>
    public int Sequence(int position, int window) => (position / Inner / Axis.Extent * Axis.Count + window) * Inner + position % Inner;

    /// <summary>Step at which it reads the position.</summary>
    public int Step(int position, int window)
    {
        int place = position / Inner % Axis.Extent - Axis.Start(window);
        return Reverse != 0 ? Axis.Size - 1 - place : place;
    }
}
