using System.Diagnostics;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Experiments.Benchmark;

/// <summary>What this machine can do at best, measured: a matrix product that fits the caches and a sum of arrays that do not.</summary>
/// <param name="MultiplyAddsPerSecond">Of a product of 1,024 x 1,024 matrices in float32.</param>
/// <param name="BytesPerSecond">Read and written by a sum of two arrays of 64 MiB.</param>
internal sealed record Yardstick(double MultiplyAddsPerSecond, double BytesPerSecond)
{
    private const int Side = 1024, Repetitions = 7;

    /// <summary>Measures the device; takes a fraction of a second.</summary>
    public static Yardstick Of(Device device)
    {
        using ArrayScope scope = device.OpenScope();
        var square = new Shape(Side, Side);
        var large = new Shape(16 * Side, Side);
        float[] values = new float[large.Count];
        DeviceArray a = device.Upload(square, values.AsSpan(0, square.Count)), b = device.Upload(square, values.AsSpan(0, square.Count));
        DeviceArray x = device.Upload(large, values), y = device.Upload(large, values);
        return new Yardstick((double)Side * Side * Side / Best(device, new Linear(), a, b), 3.0 * x.Bytes / Best(device, new Add(), x, y));
    }

    private static double Best(Device device, Op op, params DeviceArray[] inputs)
    {
        double best = double.PositiveInfinity;
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            using ArrayScope scope = device.OpenScope();
            long start = Stopwatch.GetTimestamp();
            op.Forward(inputs, keep: false);
            device.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
