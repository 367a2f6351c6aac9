using System.Diagnostics;
using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Tests.Kernels.Gpu;

/// <summary>What group bodies gain, on OpenCL on the processor where there is no GPU: it runs a group on one core, out of its cache.</summary>
[NonParallelizable]
[Category("Nightly")]
public sealed class GroupBodyTimeTests
{
    private const int Pairs = 9, Batch = 8, Size = 128;

    private static readonly GroupBodies[] s_bodies = [GroupBodies.WhereLarge, GroupBodies.Never];

    [Test]
    public void A_training_step_takes_at_most_half_of_the_time_of_portable_bodies_on_a_gpu()
    {
        Device device = Devices.Gpu;
        using Network network = Network.Create(device, Architecture.Parse("mobilenet_v2-skip-1222121"));
        using var optimiser = new Sgd(network.Parameters, learningRate: 0.01, momentum: 0.9);
        network.Training = true;
        GroupBodies before = device.GroupBodies;
        var times = s_bodies.ToDictionary(bodies => bodies, _ => new List<StepTime>());
        try
        {
            // In turn, so that other load meets both; in the first pair the driver builds its kernels.
            for (int pair = 0; pair <= Pairs; pair++)
            {
                foreach (GroupBodies bodies in s_bodies)
                {
                    device.GroupBodies = bodies;
                    StepTime time = Step(network, optimiser);
                    if (pair > 0)
                        times[bodies].Add(time);
                }
            }
        }
        finally
        {
            device.GroupBodies = before;
        }
        double wall = Ratio(times, time => time.Seconds), processor = Ratio(times, time => time.ProcessorSeconds);
        foreach (GroupBodies bodies in s_bodies)
            TestContext.Out.WriteLine($"{bodies}: {string.Join(", ", times[bodies])}");
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ratio of the medians: {wall:F3}, of the processors' time {processor:F3}"));
        Assert.That(wall, Is.NoMoreThan(0.5));
    }

    private static StepTime Step(Network network, Sgd optimiser)
    {
        using ArrayScope scope = Devices.Gpu.OpenScope();
        long start = Stopwatch.GetTimestamp();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        Tensor x = Tensor.Leaf(Devices.Gpu.Upload(new Shape(Batch, Size, Size, Network.ImageChannels), Draw.Normal(Batch * Size * Size * Network.ImageChannels, 1), DType.Float32));
        Tensor loss = network.Call(x).SoftmaxCrossEntropy(Tensor.Leaf(Devices.Gpu.Upload(new Shape(Batch), new float[Batch])));
        loss.Backward();
        optimiser.Step();
        _ = loss.Item();
        return new StepTime(Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
    }

    private static double Ratio(Dictionary<GroupBodies, List<StepTime>> times, Func<StepTime, double> part) =>
        Median(times[GroupBodies.WhereLarge].Select(part)) / Median(times[GroupBodies.Never].Select(part));

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Pairs / 2);

    /// <summary>Time of a step: that of a clock, and that of all processors together, which other load does not lengthen.</summary>
    private readonly record struct StepTime(double Seconds, double ProcessorSeconds)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Seconds:F2} ({ProcessorSeconds:F2}) s");
    }
}
