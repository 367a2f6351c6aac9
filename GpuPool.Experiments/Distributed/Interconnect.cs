using System.Diagnostics;
using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Distributed;

/// <summary>What connects ranks, the copies from and to the library included.</summary>
/// <param name="BytesPerSecond">Bytes a second that a rank sends while it receives as many.</param>
/// <param name="LatencySeconds">Seconds of a message beside those of its bytes.</param>
internal sealed record Interconnect(double BytesPerSecond, double LatencySeconds)
{
    // Few enough to be quick, enough that some meet nothing else on a busy machine.
    private const int Rounds = 51;

    /// <summary>Measures it by the fastest averages of a single number and of as many as a network has, as training takes them.</summary>
    /// <param name="ranks">Several ranks.</param>
    /// <param name="device">Where the numbers are.</param>
    /// <param name="gradientBytes">Bytes of the larger average.</param>
    public static Interconnect Measure(Ranks ranks, Device device, long gradientBytes)
    {
        int messages = 2 * (ranks.Count - 1);
        double latency = Fastest(ranks, device, 1) / messages, whole = Fastest(ranks, device, (int)(gradientBytes / sizeof(float)));
        return new Interconnect(gradientBytes / (ranks.Count * Math.Max(double.Epsilon, whole / messages - latency)), latency);
    }

    private static double Fastest(Ranks ranks, Device device, int count)
    {
        using DeviceArray value = device.Allocate(new Shape(count));
        var parameter = new Parameter(value);
        parameter.GradientOrZero();
        var buckets = new GradientBuckets(ranks, [parameter]);
        double fastest = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            ranks.Any(false);
            long start = Stopwatch.GetTimestamp();
            buckets.Average();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        parameter.ClearGradient();
        // The slowest rank is what a step waits for.
        return ranks.Gather([fastest]).Max(rank => rank[0]);
    }
}
