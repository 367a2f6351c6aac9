using System.Numerics;
using System.Numerics.Tensors;

namespace GpuPool.Kernels.Host;

/// <summary>Cuts the rows of a (rows, channels) array into blocks for sums over rows. The cut depends on the number of rows alone, so sums do too.</summary>
internal static class RowBlocks
{
    private const int MostBlocks = 64;
    private const int FewestRows = 32;

    // A stored vector must not run into the next part.
    private const int LongestVector = 16;

    /// <summary>Whether each block lies within one tile of so many rows.</summary>
    public static bool AreWhole(int tileRows, int rows) => tileRows >= rows || tileRows > 0 && tileRows % Size(rows) == 0;

    public static int Count(int rows) => (rows + Size(rows) - 1) / Size(rows);

    public static (int Start, int End) Range(int block, int rows) => (block * Size(rows), Math.Min(rows, (block + 1) * Size(rows)));

    /// <summary>Elements from one part to the next.</summary>
    public static int Pitch(int channels) => (channels + LongestVector - 1) / LongestVector * LongestVector;

    /// <summary>Adds up the parts of all blocks in their order.</summary>
    /// <param name="parts">The first part.</param>
    /// <param name="count">Number of parts.</param>
    /// <param name="pitch">Elements from one to the next.</param>
    /// <param name="sums">The sums.</param>
    public static unsafe void AddUp<T>(T* parts, int count, long pitch, Span<T> sums) where T : unmanaged, INumber<T>
    {
        sums.Clear();
        for (; count > 0; count--, parts += pitch)
            TensorPrimitives.Add(sums, new ReadOnlySpan<T>(parts, sums.Length), sums);
    }

    /// <summary>Rows of a block, of which the last may have fewer.</summary>
    public static int Size(int rows) => Math.Max(FewestRows, (rows + MostBlocks - 1) / MostBlocks);
}
