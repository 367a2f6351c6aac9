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
        int[] order = most < scores.Length ? AmongBest(scores, most) : [.. Enumerable.Range(0, scores.Length)];
        T[] keys = new T[order.Length];
        for (int place = 0; place < order.Length; place++)
            keys[place] = scores[order[place]];
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

    // Indices of all scores that are not below the last one asked for, so that few are sorted.
    private static int[] AmongBest<T>(ReadOnlySpan<T> scores, int most) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] numbers = new T[scores.Length];
        int count = 0;
        foreach (T score in scores)
        {
            if (!T.IsNaN(score))
                numbers[count++] = score;
        }
        if (count <= most || most == 0)
            return [.. Enumerable.Range(0, scores.Length)];
        T least = Largest(numbers.AsSpan(0, count), most - 1);
        List<int> among = [];
        for (int index = 0; index < scores.Length; index++)
        {
            if (scores[index] >= least)
                among.Add(index);
        }
        return [.. among];
    }

    // The value behind so many larger ones (Hoare, 1961); the values are reordered.
    private static T Largest<T>(Span<T> values, int place) where T : unmanaged, IFloatingPointIeee754<T>
    {
        while (true)
        {
            T pivot = values[values.Length / 2];
            int left = 0, right = values.Length - 1;
            while (left <= right)
            {
                while (values[left] > pivot)
                    left++;
                while (pivot > values[right])
                    right--;
                if (left <= right)
                {
                    (values[left], values[right]) = (values[right], values[left]);
                    left++;
                    right--;
                }
            }
            if (place <= right)
                values = values[..(right + 1)];
            else if (place >= left)
            {
                values = values[left..];
                place -= left;
            }
            else
                return pivot;
        }
    }
}
