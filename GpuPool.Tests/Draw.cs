namespace GpuPool.Tests;

/// <summary>Deterministic inputs.</summary>
public static class Draw
{
    /// <summary>Normal deviates.</summary>
    public static double[] Normal(int count, int seed, double mean = 0, double deviation = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
            mean + deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
    }

    /// <summary>Values at least <paramref name="gap"/> apart from each other and from zero, in random order: no ties and no kinks within the step of a gradient check.</summary>
    public static double[] Distinct(int count, int seed, double gap = 1e-3)
    {
        double[] values = [.. Enumerable.Range(0, count).Select(i => (i - count / 2 + 0.5) * gap * 2)];
        new Random(seed).Shuffle(values);
        return values;
    }
}
