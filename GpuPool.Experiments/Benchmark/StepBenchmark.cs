using System.Diagnostics;
using GpuPool.Autograd;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Benchmark;

/// <summary>What is timed.</summary>
internal enum BenchmarkMode
{
    /// <summary>A training step: forward, backward, SGD.</summary>
    Train,

    /// <summary>A forward pass with running statistics.</summary>
    Eval,
}

/// <summary>Times a step on one fixed random batch, after two steps that are not counted.</summary>
internal static class StepBenchmark
{
    private const int WarmUps = 2, Classes = 10;
    private const double LearningRate = 0.01;

    /// <summary>Runs the benchmark.</summary>
    /// <param name="device">Where to compute.</param>
    /// <param name="architecture">The network.</param>
    /// <param name="width">Its width multiplier.</param>
    /// <param name="size">Side of the images in pixels.</param>
    /// <param name="batch">Images a step.</param>
    /// <param name="mode">What is timed.</param>
    /// <param name="steps">Steps timed.</param>
    /// <param name="profile">Collects the times of single ops over the timed steps; null for none.</param>
    /// <param name="interrupt">Ends it after the current step.</param>
    public static BenchmarkResult Run(
        Device device, Architecture architecture, double width, int size, int batch, BenchmarkMode mode, int steps, OpProfile? profile,
        CancellationToken interrupt)
    {
        var options = new NetworkOptions(Classes, width);
        MemoryCheck.Training(device, Cost.Of(architecture, options, size), new Shape(1, size, size, Network.ImageChannels), mode == BenchmarkMode.Train ? batch : 1);
        using Network network = Network.Create(device, architecture, options);
        using Sgd? optimiser = mode == BenchmarkMode.Train ? new Sgd(network.Parameters, LearningRate) : null;
        network.Training = mode == BenchmarkMode.Train;
        using IDisposable? off = mode == BenchmarkMode.Eval ? GradientMode.Off() : null;
        LabelledBatch images = Random(size, batch);
        double[] milliseconds = new double[steps];
        double loss = 0;
        for (int step = -WarmUps; step < steps; step++)
        {
            interrupt.ThrowIfCancellationRequested();
            device.Profile = step < 0 ? null : profile;
            var watch = Stopwatch.StartNew();
            using (device.OpenScope())
            {
                Tensor mean = Classification.Forward(device, network, images).Loss;
                if (optimiser is not null)
                {
                    mean.Backward();
                    optimiser.Step();
                }
                loss = mean.Item();
                device.Synchronize();
            }
            if (step >= 0)
                milliseconds[step] = watch.Elapsed.TotalMilliseconds;
        }
        device.Profile = null;
        Array.Sort(milliseconds);
        return new BenchmarkResult(network.Parameters.Sum(entry => (long)entry.Parameter.Shape.Count), milliseconds[steps / 2], milliseconds[0], device.PeakBytes, loss);
    }

    // Normal deviates by the sum of twelve uniform ones; the shape of the distribution does not matter for the time.
    private static LabelledBatch Random(int size, int batch)
    {
        var random = new Random(0);
        float[] images = [.. Enumerable.Range(0, batch * size * size * Network.ImageChannels).Select(_ => (float)(Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6))];
        return new LabelledBatch(images, [.. Enumerable.Range(0, batch).Select(_ => random.Next(Classes))], size);
    }
}

/// <summary>What a benchmark measured.</summary>
/// <param name="Parameters">Trained numbers of the network.</param>
/// <param name="MedianMilliseconds">Median time of a step.</param>
/// <param name="BestMilliseconds">Shortest time of a step.</param>
/// <param name="PeakBytes">Most device memory in use.</param>
/// <param name="Loss">Loss of the last step.</param>
internal sealed record BenchmarkResult(long Parameters, double MedianMilliseconds, double BestMilliseconds, long PeakBytes, double Loss);
