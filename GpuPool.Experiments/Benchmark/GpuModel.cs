using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Benchmark;

/// <summary>
/// How long the kernels of a step would take on an NVIDIA H100, estimated from the geometry of their launches: nobody has measured it. A launch costs a start, and the longest of
/// four: its bytes at what memory can be had to deliver, its multiply-adds at half of the peak, its loads at what the first caches give, and what one thread loads one behind the other.
/// </summary>
internal static class GpuModel
{
    // Of the H100 SXM: 3.35 TB/s of memory, of which four fifths are had; 67 TFLOP/s in float32 without tensor cores; 132 multiprocessors of 128 bytes a cycle at 1.75 GHz.
    private const double PeakBytesPerSecond = 3.35e12, BytesPerSecond = 0.8 * PeakBytesPerSecond, PeakMultiplyAddsPerSecond = 33.5e12,
        MultiplyAddsPerSecond = 0.5 * PeakMultiplyAddsPerSecond, CacheBytesPerSecond = 132 * 128 * 1.75e9;

    // 340 ns from a load to its use, of which a thread has four on their way; and what the host takes for a launch.
    private const double LoadSeconds = 340e-9 / 4, StartSeconds = 3e-6;

    // A product loads both factors for each multiply-add; in groups of threads, which have 4 x 4 sums each, a quarter of that, and from shared memory.
    private const double LoadsPerMultiplyAdd = 2, LoadsPerMultiplyAddInGroups = 0.5;

    private const double LoadBytes = 4;

    /// <summary>Estimates a training step and prints a table in Markdown, a row for each kernel of each op, the longest first.</summary>
    public static void Print(TextWriter output, BenchmarkSubject subject)
    {
        IReadOnlyList<LaunchCost> launches = LaunchProfile.Of(device =>
        {
            using Module network = subject.Module;
            network.Allocate(device);
            network.Training = true;
            using var optimiser = new Sgd(network.Parameters, learningRate: 0.01);
            using ArrayScope step = device.OpenScope();
            subject.Loss(device).Backward();
            optimiser.Step();
        });
        output.WriteLine("| op | pass | kernel | launches | least threads | MB | million multiply-adds | ms | bound by | share of limit |");
        output.WriteLine("|---|---|---|---:|---:|---:|---:|---:|---|---:|");
        foreach (Row row in launches.GroupBy(launch => (launch.Op, launch.Backward, launch.Kernel)).Select(Row.Of).OrderByDescending(row => row.Seconds))
            output.WriteLine(row.ToString());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nA step: {launches.Count} launches, {1e3 * launches.Sum(launch => Estimate(launch).Seconds):F1} ms by the model, {1e3 * launches.Sum(Limit):F1} ms at the limits of the device."));
    }

    private static double Limit(LaunchCost launch) => Math.Max(launch.Bytes / PeakBytesPerSecond, launch.MultiplyAdds / PeakMultiplyAddsPerSecond);

    private static (double Seconds, string Bound) Estimate(LaunchCost launch)
    {
        double ownLoads = launch.Bytes / LoadBytes, loads = Math.Max(ownLoads, launch.MultiplyAdds * (launch.InGroups ? LoadsPerMultiplyAddInGroups : LoadsPerMultiplyAdd));
        (double Seconds, string Bound) longest = new[]
        {
            (launch.Bytes / BytesPerSecond, "memory"),
            (launch.MultiplyAdds / MultiplyAddsPerSecond, "arithmetic"),
            (loads * LoadBytes / CacheBytesPerSecond, "loads"),
            ((launch.InGroups ? ownLoads : loads) / launch.Threads * LoadSeconds, "one thread"),
        }.MaxBy(cost => cost.Item1);
        return longest.Seconds < StartSeconds ? (longest.Seconds + StartSeconds, "start") : (longest.Seconds + StartSeconds, longest.Bound);
    }

    private sealed record Row(LaunchCost First, int Launches, long LeastThreads, double Bytes, double MultiplyAdds, double Seconds, double LimitSeconds, string Bound)
    {
        public static Row Of(IEnumerable<LaunchCost> launches)
        {
            LaunchCost[] all = [.. launches];
            return new(
                all[0], all.Length, all.Min(launch => launch.Threads), all.Sum(launch => (double)launch.Bytes), all.Sum(launch => launch.MultiplyAdds),
                all.Sum(launch => Estimate(launch).Seconds), all.Sum(Limit), Estimate(all.MaxBy(launch => Estimate(launch).Seconds)!).Bound);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"| {(First.Op.Length > 0 ? First.Op : "update")} | {(First.Op.Length == 0 ? "" : First.Backward ? "backward" : "forward")} | {First.Kernel} | {Launches} | {LeastThreads} "
            + $"| {Bytes / 1e6:F1} | {MultiplyAdds / 1e6:F0} | {1e3 * Seconds:F3} | {Bound} | {LimitSeconds / Seconds:P0} |");
    }
}
