namespace GpuPool.Kernels.Gpu;

/// <summary>Two sums over the rows of an array (segments, rows, columns), for each segment and column, and what becomes of them.</summary>
internal interface IReduction<T> where T : unmanaged
{
    /// <summary>Segments, rows and columns.</summary>
    (int Segments, int Rows, int Columns) Extents { get; }

    /// <summary>What a row adds to the sums.</summary>
    Pair<T> Term(int segment, int row, int column);

    /// <summary>Takes the sums of a column.</summary>
    void Finish(int segment, int column, Pair<T> sums);
}

/// <summary>Two numbers; a reduction that needs one leaves the second 0.</summary>
internal readonly record struct Pair<T>(T First, T Second) where T : unmanaged;
