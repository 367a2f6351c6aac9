using System.Diagnostics;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pooling;

namespace GpuPool.Experiments.Benchmark;

/// <summary>Measures a pooling method alone, on a random map in float32.</summary>
internal static class PoolingBenchmark
{
    private const int WarmUps = 3, Classes = 10;

    /// <summary>Runs the benchmark.</summary>
    /// <param name="device">Where to compute.</param>
    /// <param name="method">The method; self-attention between patches of one pixel, of full width, with two heads.</param>
    /// <param name="map">Shape of the maps (N, H, W, C); bytes and times are divided by their number.</param>
    /// <param name="stride">Factor by which it shrinks.</param>
    /// <param name="steps">Passes of each kind that are timed.</param>
    /// <param name="interrupt">Ends it after the current pass.</param>
    public static PoolingMeasurement Run(Device device, PoolingMethod method, Shape map, int stride, int steps, CancellationToken interrupt)
    {
        using ArrayScope scope = device.OpenScope();
        using Module pool = method.Head?.Invoke(map.Channels, Classes) ?? method.Create(new PoolingSite(map.Channels, stride, new SelfAttentiveOptions()));
        pool.Allocate(device);
        Cost cost = Cost.Of(pool, new Shape(1, map[1], map[2], map[3]));
        var x = new Parameter(device.Upload(map, Values(map.Count)));
        Shape y = pool.Infer(map);
        DeviceArray seed = device.Upload(y, Values(y.Count));
        double forward = Median(() =>
        {
            using IDisposable off = GradientMode.Off();
            pool.Call(x);
        });
        pool.Training = true;
        device.ResetPeak();
        double both = Median(() => pool.Call(x).Backward(seed));
        return new PoolingMeasurement(method.Word, cost.Parameters, cost.MultiplyAdds, device.PeakBytes / map[0], forward / map[0], both / map[0]);

        double Median(Action pass)
        {
            double[] milliseconds = [.. Enumerable.Range(0, WarmUps + steps).Select(_ => Time(pass)).Skip(WarmUps)];
            Array.Sort(milliseconds);
            return milliseconds[steps / 2];
        }

        double Time(Action pass)
        {
            interrupt.ThrowIfCancellationRequested();
            using ArrayScope passScope = device.OpenScope();
            var watch = Stopwatch.StartNew();
            pass();
            device.Synchronize();
            double milliseconds = watch.Elapsed.TotalMilliseconds;
            // Otherwise the next pass would add to them.
            foreach (Parameter parameter in pool.Parameters.Select(entry => entry.Parameter).Append(x))
                parameter.ClearGradient();
            return milliseconds;
        }
    }

    private static float[] Values(int count)
    {
        var random = new Random(0);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
    }
}

/// <summary>What a pooling method costs for one map.</summary>
/// <param name="Method">Its word in architecture labels.</param>
/// <param name="Parameters">Trained numbers.</param>
/// <param name="MultiplyAdds">Of convolutions, linear layers, projections and attention; the arithmetic of the windows is not counted.</param>
/// <param name="PeakBytes">Most device memory in use during a forward and backward pass, map, gradient and parameters included.</param>
/// <param name="ForwardMilliseconds">Median time of a forward pass in evaluation.</param>
/// <param name="TrainingMilliseconds">Median time of a forward and backward pass in training.</param>
internal sealed record PoolingMeasurement(
    string Method, long Parameters, long MultiplyAdds, long PeakBytes, double ForwardMilliseconds, double TrainingMilliseconds);
