using System.Diagnostics;
using GpuPool.Autograd;
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

    /// <summary>A forward pass in its folded form, of a detector to its detections.</summary>
    Eval,

    /// <summary>The same without folding.</summary>
    Unfolded,
}

/// <summary>Times a step on one fixed random batch, after two steps that are not counted.</summary>
internal static class StepBenchmark
{
    private const int WarmUps = 2;
    private const double LearningRate = 0.01;

    /// <summary>Runs the benchmark.</summary>
    /// <param name="device">Where to compute.</param>
    /// <param name="subject">What is run.</param>
    /// <param name="mode">What is timed.</param>
    /// <param name="steps">Steps timed.</param>
    /// <param name="profile">Collects the times of single ops over the timed steps; null for none.</param>
    /// <param name="interrupt">Ends it after the current step.</param>
    public static BenchmarkResult Run(Device device, BenchmarkSubject subject, BenchmarkMode mode, int steps, OpProfile? profile, CancellationToken interrupt)
    {
        MemoryCheck.Training(device, Cost.Of(subject.Module, subject.Picture), subject.Picture, mode == BenchmarkMode.Train ? subject.Batch : 1);
        using Module network = subject.Module;
        network.Allocate(device);
        using Sgd? optimiser = mode == BenchmarkMode.Train ? new Sgd(network.Parameters, LearningRate) : null;
        network.Training = mode == BenchmarkMode.Train;
        using IDisposable? folded = mode == BenchmarkMode.Eval ? network.Fold() : null, off = mode == BenchmarkMode.Train ? null : GradientMode.Off();
        double[] milliseconds = new double[steps];
        double loss = 0;
        for (int step = -WarmUps; step < steps; step++)
        {
            interrupt.ThrowIfCancellationRequested();
            device.Profile = step < 0 ? null : profile;
            var watch = Stopwatch.StartNew();
            using (device.OpenScope())
            {
                if (optimiser is not null)
                {
                    Tensor mean = subject.Loss(device);
                    mean.Backward();
                    optimiser.Step();
                    loss = mean.Item();
                }
                else
                    loss = subject.Evaluate(device);
                device.Synchronize();
            }
            if (step >= 0)
                milliseconds[step] = watch.Elapsed.TotalMilliseconds;
        }
        device.Profile = null;
        Array.Sort(milliseconds);
        return new BenchmarkResult(network.Parameters.Sum(entry => (long)entry.Parameter.Shape.Count), milliseconds[steps / 2], milliseconds[0], device.PeakBytes, loss);
    }
}

/// <summary>What a benchmark measured.</summary>
/// <param name="Parameters">Trained numbers of the network.</param>
/// <param name="MedianMilliseconds">Median time of a step.</param>
/// <param name="BestMilliseconds">Shortest time of a step.</param>
/// <param name="PeakBytes">Most device memory in use.</param>
/// <param name="Loss">Loss of the last step; of a detector in evaluation its detections.</param>
internal sealed record BenchmarkResult(long Parameters, double MedianMilliseconds, double BestMilliseconds, long PeakBytes, double Loss);
