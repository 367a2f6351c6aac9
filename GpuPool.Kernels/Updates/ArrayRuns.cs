namespace GpuPool.Kernels.Updates;

/// <summary>Finds arrays that lie behind one another, so that one launch does for all what it does for each.</summary>
internal static class ArrayRuns
{
    /// <summary>Runs an action on the arrays of one item after the other; items each of whose arrays is followed by that of the next come as one.</summary>
    /// <param name="items">As many arrays of each, with their elements in the same order.</param>
    /// <param name="action">Is given these arrays as rows.</param>
    public static void Each(IEnumerable<IReadOnlyList<DeviceArray>> items, Action<DeviceArray[]> action)
    {
        IReadOnlyList<DeviceArray>? first = null, last = null;
        foreach (IReadOnlyList<DeviceArray> item in items)
        {
            if (first is not null && last!.Zip(item).Any(pair => !pair.First.IsFollowedBy(pair.Second)))
            {
                Run(first, last!, action);
                first = null;
            }
            first ??= item;
            last = item;
        }
        if (first is not null)
            Run(first, last!, action);
    }

    private static void Run(IReadOnlyList<DeviceArray> first, IReadOnlyList<DeviceArray> last, Action<DeviceArray[]> action)
    {
        DeviceArray[] run = [.. first.Zip(last, (from, to) => from.Through(to))];
        action(run);
        foreach (DeviceArray array in run)
            array.Dispose();
    }
}
