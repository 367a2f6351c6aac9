using System.Numerics;
using System.Runtime.InteropServices;

namespace GpuPool.Kernels.Boxes;

/// <summary>
/// Non-maximum suppression: the box of the highest score stays, all whose IoU with it is above a threshold go, and so on with the rest. An IoU of exactly the threshold stays;
/// of equal scores the lower index comes first.
/// </summary>
public static class NonMaximumSuppression
{
    /// <summary>Indices of the boxes that stay, the highest score first.</summary>
    /// <param name="boxes">Boxes.</param>
    /// <param name="scores">A score for each.</param>
    /// <param name="threshold">Largest IoU of two that stay, in [0, 1].</param>
    /// <param name="most">How many may stay.</param>
    public static int[] Keep<T>(ReadOnlySpan<Box<T>> boxes, ReadOnlySpan<T> scores, T threshold, int most = int.MaxValue) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] order = Ranking.Best(scores);
        return order[..Suppress(boxes, order, threshold, most)];
    }

    /// <summary>The same among the boxes of each class alone; the classes are merged by score.</summary>
    /// <param name="boxes">Boxes.</param>
    /// <param name="scores">A score for each.</param>
    /// <param name="classes">A class for each, from 0.</param>
    /// <param name="threshold">Largest IoU of two of a class that stay, in [0, 1].</param>
    /// <param name="most">How many may stay.</param>
    public static int[] KeepByClass<T>(ReadOnlySpan<Box<T>> boxes, ReadOnlySpan<T> scores, ReadOnlySpan<int> classes, T threshold, int most = int.MaxValue)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] order = Ranking.Best(scores), ranks = new int[order.Length];
        long[] byClass = new long[order.Length];
        for (int rank = 0; rank < order.Length; rank++)
            byClass[rank] = ((long)classes[order[rank]] << 32) + rank;
        Array.Sort(byClass);
        var sorted = new Box<T>[order.Length];
        for (int rank = 0; rank < order.Length; rank++)
            sorted[rank] = boxes[order[rank]];
        int kept = 0;
        for (int begin = 0, end; begin < order.Length; begin = end)
        {
            for (end = begin; end < order.Length && byClass[end] >> 32 == byClass[begin] >> 32; end++)
                ranks[end] = (int)byClass[end];
            Span<int> group = ranks.AsSpan(begin, end - begin);
            int staying = Suppress(sorted, group, threshold, most);
            group[..staying].CopyTo(ranks.AsSpan(kept));
            kept += staying;
        }
        Array.Sort(ranks, 0, kept);
        return [.. ranks.Take(Math.Min(kept, most)).Select(rank => order[rank])];
    }

    // Moves those that stay to the front of an order of boxes, and counts them.
    private static int Suppress<T>(ReadOnlySpan<Box<T>> boxes, Span<int> order, T threshold, int most) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Padding has no area and overlaps nothing.
        int vectors = (order.Length + Vector<T>.Count - 1) / Vector<T>.Count, kept = 0;
        var columns = new Vector<T>[6 * vectors];
        Span<Vector<T>> x1 = columns.AsSpan(0, vectors), y1 = columns.AsSpan(vectors, vectors), x2 = columns.AsSpan(2 * vectors, vectors), y2 = columns.AsSpan(3 * vectors, vectors);
        Span<Vector<T>> area = columns.AsSpan(4 * vectors, vectors), gone = columns.AsSpan(5 * vectors, vectors);
        for (int rank = 0; rank < order.Length; rank++)
        {
            Box<T> box = boxes[order[rank]];
            (Elements(x1)[rank], Elements(y1)[rank], Elements(x2)[rank], Elements(y2)[rank], Elements(area)[rank]) = (box.X1, box.Y1, box.X2, box.Y2, box.Area);
        }
        for (int rank = 0; rank < order.Length && kept < most; rank++)
        {
            if (Elements(gone)[rank] != T.Zero)
                continue;
            Box<T> box = boxes[order[rank]];
            order[kept++] = order[rank];
            for (int place = rank / Vector<T>.Count; place < vectors; place++)
            {
                Vector<T> width = Vector.Min(x2[place], new(box.X2)) - Vector.Max(x1[place], new(box.X1));
                Vector<T> height = Vector.Min(y2[place], new(box.Y2)) - Vector.Max(y1[place], new(box.Y1));
                Vector<T> intersection = Vector.Max(width, Vector<T>.Zero) * Vector.Max(height, Vector<T>.Zero);
                gone[place] |= Vector.GreaterThan(intersection / (area[place] + new Vector<T>(box.Area) - intersection), new Vector<T>(threshold));
            }
        }
        return kept;
    }

    private static Span<T> Elements<T>(Span<Vector<T>> vectors) where T : unmanaged => MemoryMarshal.Cast<Vector<T>, T>(vectors);
}
