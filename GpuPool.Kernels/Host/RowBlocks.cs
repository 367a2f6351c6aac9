namespace GpuPool.Kernels.Host;

/// <summary>Cuts the rows of a (rows, channels) array into blocks for sums over rows. The cut depends on the number of rows alone, so sums do too.</summary>
internal static class RowBlocks
{
    private const int MostBlocks = 64;
    private const int FewestRows = 32;

    // A stored vector must not run into the next part.
    private const int LongestVector = 16;

    public static int Count(int rows) => (rows + Size(rows) - 1) / Size(rows);

    public static (int Start, int End) Range(int block, int rows) => (block * Size(rows), Math.Min(rows, (block + 1) * Size(rows)));

    /// <summary>Elements from one part to the next.</summary>
    public static int Pitch(int channels) => (channels + LongestVector - 1) / LongestVector * LongestVector;

    /// <summary>Rows of a block, of which the last may have fewer.</summary>
    public static int Size(int rows) => Math.Max(FewestRows, (rows + MostBlocks - 1) / MostBlocks);
}
