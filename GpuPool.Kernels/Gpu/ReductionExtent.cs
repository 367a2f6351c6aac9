using System.Numerics;

namespace GpuPool.Kernels.Gpu;

/// <summary>
/// How the sums over the rows of an array (segments, rows, columns) are spread over groups of threads. A group takes as many columns as it can use, up to 32, then as
/// many lanes of rows, then segments until it is full; neighbouring threads read neighbouring columns, or rows where there is one column. Long segments are cut into
/// parts. All depends on the extents alone, so sums do too.
/// </summary>
internal readonly record struct ReductionExtent
{
    private const int GroupBits = 8;
    private const int MostColumnBits = 5;

    // Enough groups for each multiprocessor of a large GPU to have some, each thread with a few rows at least.
    private const int WantedGroups = 1024;
    private const int FewestRows = 8;

    public ReductionExtent(int segments, int rows, int columns, bool cut = true)
    {
        (Segments, Rows, Columns) = (segments, rows, columns);
        ColumnBits = Math.Min(MostColumnBits, Bits(columns));
        LaneBits = Math.Min(GroupBits - ColumnBits, Bits(rows));
        ColumnBlocks = Blocks(columns, GroupColumns);
        SegmentBlocks = Blocks(segments, GroupSegments);
        int parts = cut ? Math.Clamp(Blocks(WantedGroups, Math.Max(1, SegmentBlocks * ColumnBlocks)), 1, Math.Max(1, Blocks(rows, FewestRows * Lanes))) : 1;
        PartRows = Math.Max(1, Blocks(rows, parts));
        Parts = Math.Max(1, Blocks(rows, PartRows));
    }

    public int Segments { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Rows of a part, of which the last may have fewer.</summary>
    public int PartRows { get; }

    /// <summary>Parts of a segment.</summary>
    public int Parts { get; }

    /// <summary>Columns of a group.</summary>
    public int GroupColumns => 1 << ColumnBits;

    /// <summary>Rows that a group reads at a time.</summary>
    public int Lanes => 1 << LaneBits;

    /// <summary>Segments of a group.</summary>
    public int GroupSegments => 1 << (GroupBits - ColumnBits - LaneBits);

    public int Groups => SegmentBlocks * Parts * ColumnBlocks;

    private int ColumnBits { get; }

    private int LaneBits { get; }

    private int ColumnBlocks { get; }

    private int SegmentBlocks { get; }

    // Shifts are of unsigned numbers: a kernel with a signed one looks as if it had divided.

    /// <summary>The column of a thread; there may be none of this number.</summary>
    public int Column(int group, int thread) => group % ColumnBlocks * GroupColumns + (thread & (GroupColumns - 1));

    /// <summary>The lane of rows of a thread.</summary>
    public int Lane(int thread) => (int)((uint)thread >> ColumnBits) & (Lanes - 1);

    /// <summary>The part of a segment that a group has.</summary>
    public int Part(int group) => group / ColumnBlocks % Parts;

    /// <summary>The segment of a thread; there may be none of this number.</summary>
    public int Segment(int group, int thread) => group / ColumnBlocks / Parts * GroupSegments + (int)((uint)thread >> (ColumnBits + LaneBits));

    private static int Blocks(int count, int size) => (count + size - 1) / size;

    private static int Bits(int count) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, count)));
}
