using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;

namespace GpuPool.Kernels.Gpu;

/// <summary>
/// Sums over rows: each thread sums every so many rows of a column, the lanes of a group are summed as a tree in shared memory, and where segments are cut into parts
/// a second launch sums these in the same way.
/// </summary>
internal static class ColumnReduction
{
    // Below, one thread a column is as fast as two launches.
    private const int FewRows = 64;

    public static bool Suits(int rows) => rows > FewRows;

    public static void Launch<T, S, F>(Device device, in F terms) where T : unmanaged, INumber<T> where S : struct, ISums<S, T> where F : struct, IReduction<T, S>
    {
        (int segments, int rows, int columns) = terms.Extents;
        var extent = new ReductionExtent(segments, rows, columns);
        if (extent.Parts == 1)
        {
            device.LaunchStage(new ColumnReduction<T, S, F> { Terms = terms, Extent = extent });
            return;
        }
        using DeviceArray parts = device.Allocate(new Shape(segments, extent.Parts, columns, S.Count), DTypes.Of<T>());
        var sums = new SumOfParts<T, S, F> { Terms = terms, Sums = parts.View<T>(), Parts = extent.Parts };
        device.LaunchStage(new ColumnReduction<T, S, F> { Terms = terms, Extent = extent, Parts = parts.View<T>() });
        device.LaunchStage(new ColumnReduction<T, S, SumOfParts<T, S, F>> { Terms = sums, Extent = new(segments, extent.Parts, columns, cut: false) });
    }
}

/// <summary>One group: some columns of one part of some segments.</summary>
internal struct ColumnReduction<T, S, F> : IGroupStage where T : unmanaged, INumber<T> where S : struct, ISums<S, T> where F : struct, IReduction<T, S>
{
    public F Terms;

    public ReductionExtent Extent;

    /// <summary>Sums of parts, (segments, parts, columns, sums); not used where there is one part.</summary>
    public ArrayView<T> Parts;

    public readonly int Groups => Extent.Groups;

    public readonly void Run(int group, int thread)
    {
        int column = Extent.Column(group, thread), segment = Extent.Segment(group, thread), part = Extent.Part(group), lane = Extent.Lane(thread);
        bool isWanted = column < Extent.Columns && segment < Extent.Segments && Terms.Wants(segment, column);
        S sums = default;
        if (isWanted)
            sums = Sum(segment, part * Extent.PartRows + lane, Math.Min(Extent.Rows, (part + 1) * Extent.PartRows), column);
        ArrayView<T> shared = SharedMemory.Allocate<T>(GroupEntryPoint.Threads);
        for (int index = 0; index < S.Count; index++)
        {
            shared[thread] = sums.Get(index);
            for (int half = Half(Extent.Lanes); half > 0; half = Half(half))
            {
                Group.Barrier();
                if (lane < half)
                    shared[thread] += shared[thread + half * Extent.GroupColumns];
            }
            sums = sums.With(index, shared[thread]);
            Group.Barrier();
        }
        if (!isWanted || lane > 0)
            return;
        if (Extent.Parts == 1)
        {
            Terms.Finish(segment, column, sums);
            return;
        }
        int target = ((segment * Extent.Parts + part) * Extent.Columns + column) * S.Count;
        for (int index = 0; index < S.Count; index++)
            Parts[target + index] = sums.Get(index);
    }

    // A shift of an unsigned number: a kernel with a signed one looks as if it had divided what may be negative.
    private static int Half(int lanes) => (int)((uint)lanes >> 1);

    // Four rows at a time: their loads are under way together.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly S Sum(int segment, int row, int end, int column)
    {
        int step = Extent.Lanes;
        S sums = default;
        for (; row + 3 * step < end; row += 4 * step)
        {
            S a = Terms.Term(segment, row, column), b = Terms.Term(segment, row + step, column);
            S c = Terms.Term(segment, row + 2 * step, column), d = Terms.Term(segment, row + 3 * step, column);
            sums = S.Add(sums, S.Add(S.Add(a, b), S.Add(c, d)));
        }
        for (; row < end; row += step)
            sums = S.Add(sums, Terms.Term(segment, row, column));
        return sums;
    }
}

/// <summary>Sums the parts of another reduction.</summary>
[Sums]
internal struct SumOfParts<T, S, F> : IReduction<T, S> where T : unmanaged, INumber<T> where S : struct, ISums<S, T> where F : struct, IReduction<T, S>
{
    public F Terms;

    public ArrayView<T> Sums;

    public int Parts;

    public readonly (int Segments, int Rows, int Columns) Extents => (Terms.Extents.Segments, Parts, Terms.Extents.Columns);

    public readonly bool Wants(int segment, int column) => Terms.Wants(segment, column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly S Term(int segment, int row, int column)
    {
        int source = ((segment * Parts + row) * Terms.Extents.Columns + column) * S.Count;
        S sums = default;
        for (int index = 0; index < S.Count; index++)
            sums = sums.With(index, Sums[source + index]);
        return sums;
    }

    public readonly void Finish(int segment, int column, S sums) => Terms.Finish(segment, column, sums);
}
