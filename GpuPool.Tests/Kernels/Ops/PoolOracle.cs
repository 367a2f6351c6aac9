using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Ops;

/// <summary>Pooling in plain C#: visits the windows of a map and leaves the arithmetic to the caller.</summary>
public static class PoolOracle
{
    /// <summary>Windows that overlap, leave gaps, have a remainder, reach into the padding, or cover single cells.</summary>
    public static readonly Window[] Windows = [new(2, 2), new(3, 2, 1), new(3, 1, 1), new(3, 3), new(1, 2), new(4, 3, 2), new(1)];

    /// <summary>Maps with odd extents, single columns and rows, and channels that are no multiple of a vector.</summary>
    public static readonly Shape[] Maps = [new(2, 7, 5, 3), new(1, 5, 9, 17), new(1, 4, 4, 24), new(2, 6, 1, 8), new(1, 1, 3, 33)];

    /// <summary>All maps under all windows that fit.</summary>
    public static IEnumerable<TestCaseData> Cases =>
        from window in Windows
        from map in Maps
        where map[1] + 2 * window.Padding >= window.Size && map[2] + 2 * window.Padding >= window.Size
        select new TestCaseData(window, map).SetArgDisplayNames($"{window.Size}/{window.Stride}/{window.Padding}", map.ToString());

    /// <summary>Output element by element, from the indices of the cells of its window that lie on the map, in row-major order.</summary>
    public static double[] Forward(Window window, Shape x, Func<List<int>, double> value)
    {
        var y = new List<double>();
        for (int image = 0; image < x[0]; image++)
        {
            for (int top = -window.Padding; top + window.Size <= x[1] + window.Padding; top += window.Stride)
            {
                for (int left = -window.Padding; left + window.Size <= x[2] + window.Padding; left += window.Stride)
                {
                    for (int channel = 0; channel < x[3]; channel++)
                        y.Add(value([.. Cells(window, x, image, top, left, channel)]));
                }
            }
        }
        return [.. y];
    }

    private static IEnumerable<int> Cells(Window window, Shape x, int image, int top, int left, int channel) =>
        from row in Enumerable.Range(top, window.Size)
        from column in Enumerable.Range(left, window.Size)
        where row >= 0 && row < x[1] && column >= 0 && column < x[2]
        select ((image * x[1] + row) * x[2] + column) * x[3] + channel;
}
