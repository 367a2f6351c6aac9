namespace GpuPool.Kernels.Host;

/// <summary>Cuts a run of elements into tiles that fit the first-level cache of one core and do not depend on the number of threads.</summary>
internal static class ElementTiles
{
    /// <summary>Elements of a tile, 32 KiB of float32 for each array: long enough to hide the hand-out of a tile, short enough to share evenly.</summary>
    public const int Size = 1 << SizeBits;

    private const int SizeBits = 13;

    public static int Count(int elements) => (elements + Size - 1) >> SizeBits;

    public static (int Start, int End) Range(int tile, int elements) => (tile * Size, Math.Min(elements, (tile + 1) * Size));
}
