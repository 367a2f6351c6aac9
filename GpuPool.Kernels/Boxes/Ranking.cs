using System.Numerics;

namespace GpuPool.Kernels.Boxes;

/// <summary>The order of scores.</summary>
public static class Ranking
{
    /// <summary>Indices of scores, the highest first; of equal ones the lower index first, and those that are not a number last.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="most">How many indices are asked for at most.</param>
    public static int[] Best<T>(ReadOnlySpan<T> scores, int most = int.MaxValue) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] keys = scores.ToArray();
        int[] order = [.. Enumerable.Range(0, keys.Length)];
        // Sorting numbers alone is several times as fast as with a comparer that knows the index; it leaves equal ones in no order.
        Array.Sort(keys, order);
        Array.Reverse(keys);
        Array.Reverse(order);
        most = Math.Min(most, order.Length);
        for (int begin = 0, end; begin < most; begin = end)
        {
            for (end = begin + 1; end < keys.Length && keys[end].Equals(keys[begin]);)
                end++;
            Array.Sort(order, begin, end - begin);
        }
        return order.AsSpan(0, most).ToArray();
    }
}
