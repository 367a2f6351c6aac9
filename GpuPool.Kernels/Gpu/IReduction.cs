using System.Numerics;

namespace GpuPool.Kernels.Gpu;

/// <summary>Sums over the rows of an array (segments, rows, columns), for each segment and column, and what becomes of them.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <typeparam name="S">How many sums a column has.</typeparam>
internal interface IReduction<T, S> where T : unmanaged, INumber<T> where S : struct, ISums<S, T>
{
    /// <summary>Segments, rows and columns.</summary>
    (int Segments, int Rows, int Columns) Extents { get; }

    /// <summary>Whether the sums of a column are wanted: others are neither computed nor finished.</summary>
    bool Wants(int segment, int column);

    /// <summary>What a row adds to the sums. Asked for once, so that it may also store what belongs to the row.</summary>
    S Term(int segment, int row, int column);

    /// <summary>Takes the sums of a column.</summary>
    void Finish(int segment, int column, S sums);
}
