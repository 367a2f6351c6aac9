namespace GpuPool.Experiments.Metrics;

/// <summary>Kendall's rank correlation (tau-b): how far two measurements of the same things agree on their order.</summary>
internal static class KendallTau
{
    /// <summary>
    /// (P - Q) / sqrt((P + Q + X)(P + Q + Y)) over all pairs: P in the same order in both, Q in opposite ones, X tied in the first only, Y in the second only. 1 for the
    /// same order, -1 for the reversed one, about 0 for unrelated ones.
    /// </summary>
    /// <returns>NaN where all values of one side are equal.</returns>
    public static double Of(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Count, first.Count, nameof(second));
        int agreement = 0, orderedInFirst = 0, orderedInSecond = 0;
        for (int i = 0; i < first.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int a = first[i].CompareTo(first[j]), b = second[i].CompareTo(second[j]);
                agreement += a * b;
                orderedInFirst += a * a;
                orderedInSecond += b * b;
            }
        }
        return agreement / Math.Sqrt((double)orderedInFirst * orderedInSecond);
    }
}
