using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Ops;

/// <summary>Pooling in plain C#: visits the windows of a map and leaves the arithmetic to the caller.</summary>
public static class PoolOracle
{
    /// <summary>Windows that overlap, leave gaps, have a remainder, reach into the padding, cover single cells, or are not square.</summary>
    public static readonly Window[] Windows =
        [new(2, 2), new(3, 2, 1), new(3, 1, 1), new(3, 3), new(1, 2), new(4, 3, 2), new(1), new((1, 3), padding: (0, 1)), new((3, 2), (1, 2), (1, 0)), new((2, 4), (3, 1), (0, 2))];

    /// <summary>Maps with odd extents, single columns and rows, and channels that are no multiple of a vector.</summary>
    public static readonly Shape[] Maps = [new(2, 7, 5, 3), new(1, 5, 9, 17), new(1, 4, 4, 24), new(2, 6, 1, 8), new(1, 1, 3, 33)];

    /// <summary>All maps under all windows that fit.</summary>
    public static IEnumerable<TestCaseData> Cases => CasesOf(Windows);

    /// <summary>The same, where a remainder gets a window of its own.</summary>
    public static IEnumerable<TestCaseData> CeilCases => CasesOf([.. Windows.Select(window => window with { Ceil = true }), new((3, 5), (2, 4), 1) { Ceil = true }]);

    /// <summary>Output element by element, from the indices of the cells of its window that lie on the map, in row-major order.</summary>
    public static T[] Forward<T>(Window window, Shape x, Func<List<int>, T> value) => [.. Outputs(window, x).Select(cells => value(cells))];

    /// <summary>How many cells the window of each output element has on the map and in its padding.</summary>
    public static int[] PaddedCells(Window window, Shape x)
    {
        int[] rows = [.. Starts(x[1], window.Size.Height, window.Stride.Height, window.Padding.Height, window.Ceil)
            .Select(top => Math.Min(top + window.Size.Height, x[1] + window.Padding.Height) - top)];
        int[] columns = [.. Starts(x[2], window.Size.Width, window.Stride.Width, window.Padding.Width, window.Ceil)
            .Select(left => Math.Min(left + window.Size.Width, x[2] + window.Padding.Width) - left)];
        return [.. from image in Enumerable.Range(0, x[0]) from row in rows from column in columns from channel in Enumerable.Range(0, x[3]) select row * column];
    }

    private static IEnumerable<TestCaseData> CasesOf(Window[] windows) =>
        from window in windows
        from map in Maps
        where map[1] + 2 * window.Padding.Height >= window.Size.Height && map[2] + 2 * window.Padding.Width >= window.Size.Width
        select new TestCaseData(window, map).SetArgDisplayNames($"{window.Size}/{window.Stride}/{window.Padding}", map.ToString());

    private static IEnumerable<List<int>> Outputs(Window window, Shape x) =>
        from image in Enumerable.Range(0, x[0])
        from top in Starts(x[1], window.Size.Height, window.Stride.Height, window.Padding.Height, window.Ceil)
        from left in Starts(x[2], window.Size.Width, window.Stride.Width, window.Padding.Width, window.Ceil)
        from channel in Enumerable.Range(0, x[3])
        select Cells(window, x, image, top, left, channel).ToList();

    // Whole windows, and with ceil one more where cells are left over, if it starts on the map or before it.
    private static IEnumerable<int> Starts(int extent, int size, int stride, int padding, bool ceil)
    {
        int start = -padding;
        for (; start + size <= extent + padding; start += stride)
            yield return start;
        if (ceil && start - stride + size < extent + padding && start < extent)
            yield return start;
    }

    private static IEnumerable<int> Cells(Window window, Shape x, int image, int top, int left, int channel) =>
        from row in Enumerable.Range(top, window.Size.Height)
        from column in Enumerable.Range(left, window.Size.Width)
        where row >= 0 && row < x[1] && column >= 0 && column < x[2]
        select ((image * x[1] + row) * x[2] + column) * x[3] + channel;
}
