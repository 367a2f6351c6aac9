using System.Numerics;
using ILGPU;
using ILGPU.Runtime;

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

    public static void Launch<T, F>(Device device, in F terms) where T : unmanaged, INumber<T> where F : struct, IReduction<T>
    {
        (int segments, int rows, int columns) = terms.Extents;
        var extent = new ReductionExtent(segments, rows, columns);
        if (extent.Parts == 1)
        {
            device.LaunchStage(new ColumnReduction<T, F> { Terms = terms, Extent = extent });
            return;
        }
        int count = segments * extent.Parts * columns;
        using DeviceArray parts = device.Allocate(new Shape(2 * count), DTypes.Of<T>());
        ArrayView<T> view = parts.View<T>();
        var sums = new SumOfParts<T, F> { Terms = terms, First = view.SubView(0, count), Second = view.SubView(count, count), Parts = extent.Parts };
        device.LaunchStage(new ColumnReduction<T, F> { Terms = terms, Extent = extent, First = sums.First, Second = sums.Second });
        device.LaunchStage(new ColumnReduction<T, SumOfParts<T, F>> { Terms = sums, Extent = new(segments, extent.Parts, columns, cut: false) });
    }
}

/// <summary>One group: some columns of one part of some segments.</summary>
internal struct ColumnReduction<T, F> : IGroupStage where T : unmanaged, INumber<T> where F : struct, IReduction<T>
{
    public F Terms;

    public ReductionExtent Extent;

    /// <summary>Sums of parts, (segments, parts, columns) each; not used where there is one part.</summary>
    public ArrayView<T> First, Second;

    public readonly int Groups => Extent.Groups;

    public readonly void Run(int group, int thread)
    {
        int column = Extent.Column(group, thread), segment = Extent.Segment(group, thread), part = Extent.Part(group), lane = Extent.Lane(thread);
        bool isInside = column < Extent.Columns & segment < Extent.Segments;
        int end = isInside ? Math.Min(Extent.Rows, (part + 1) * Extent.PartRows) : 0, row = part * Extent.PartRows + lane, step = Extent.Lanes;
        T sum0 = T.Zero, sum1 = T.Zero;
        // Four rows at a time: their loads are under way together.
        for (; row + 3 * step < end; row += 4 * step)
        {
            Pair<T> a = Terms.Term(segment, row, column), b = Terms.Term(segment, row + step, column);
            Pair<T> c = Terms.Term(segment, row + 2 * step, column), d = Terms.Term(segment, row + 3 * step, column);
            sum0 += a.First + b.First + (c.First + d.First);
            sum1 += a.Second + b.Second + (c.Second + d.Second);
        }
        for (; row < end; row += step)
        {
            Pair<T> term = Terms.Term(segment, row, column);
            sum0 += term.First;
            sum1 += term.Second;
        }
        ArrayView<T> first = SharedMemory.Allocate<T>(GroupEntryPoint.Threads), second = SharedMemory.Allocate<T>(GroupEntryPoint.Threads);
        first[thread] = sum0;
        second[thread] = sum1;
        for (uint half = (uint)step >> 1; half > 0; half >>= 1)
        {
            ILGPU.Group.Barrier();
            if (lane < (int)half)
            {
                int other = thread + (int)half * Extent.GroupColumns;
                first[thread] += first[other];
                second[thread] += second[other];
            }
        }
        if (!isInside | lane > 0)
            return;
        if (Extent.Parts == 1)
        {
            Terms.Finish(segment, column, new(first[thread], second[thread]));
            return;
        }
        int target = (segment * Extent.Parts + part) * Extent.Columns + column;
        First[target] = first[thread];
        Second[target] = second[thread];
    }
}

/// <summary>Sums the parts of another reduction.</summary>
internal struct SumOfParts<T, F> : IReduction<T> where T : unmanaged where F : struct, IReduction<T>
{
    public F Terms;

    public ArrayView<T> First, Second;

    public int Parts;

    public readonly (int Segments, int Rows, int Columns) Extents => (Terms.Extents.Segments, Parts, Terms.Extents.Columns);

    public readonly Pair<T> Term(int segment, int row, int column)
    {
        int index = (segment * Parts + row) * Terms.Extents.Columns + column;
        return new(First[index], Second[index]);
    }

    public readonly void Finish(int segment, int column, Pair<T> sums) => Terms.Finish(segment, column, sums);
}
