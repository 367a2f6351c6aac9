using System.Globalization;
using System.Text.RegularExpressions;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;

namespace GpuPool.Tests.Experiments;

[NonParallelizable]
public sealed class LargestBatchTests
{
    [TestCase(100, 37), TestCase(38, 37), TestCase(2, 1), TestCase(1, 0)]
    public void It_is_the_largest_that_fits(int batch, int expected)
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        device.MemoryLimitBytes = 37 << 20;
        Assert.That(LargestBatch.Of(device, batch, pictures => device.Allocate(new Shape(pictures << 18))), Is.EqualTo(expected));
        Assert.That(device.LiveBytes, Is.Zero);
    }

    [Test]
    public void A_run_that_does_not_fit_says_what_does()
    {
        var config = new TrainingConfig { Architecture = "mobilenet_v2-skip-1222121", Size = 32, Epochs = 1, Batch = 16, TrainLimit = 16, TestLimit = 2, LearningRate = 1e-4 };
        long most = Train(config, long.MaxValue), limit = (most + Train(config with { Batch = 2 }, long.MaxValue)) / 2;
        GpuPoolException failure = Assert.Throws<GpuPoolException>(() => Train(config, limit))!;
        Assert.That(failure.Code, Is.EqualTo(ExitCode.OutOfMemory));
        Match said = Regex.Match(failure.Message, "a step of 16 images does not fit, one of ([0-9]+) does. Use a --batch of ([0-9]+) at most");
        Assert.That(said.Success, failure.Message);
        int fits = int.Parse(said.Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.That(fits, Is.InRange(2, 15));
        Assert.That(Train(config with { Batch = fits }, limit), Is.NoMoreThan(limit));
        Assert.That(() => Train(config with { Batch = fits + 1 }, limit), Throws.TypeOf<GpuPoolException>());
    }

    // Peak of memory.
    private static long Train(TrainingConfig config, long limit)
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 2);
        device.MemoryLimitBytes = limit;
        return new Trainer(device, config, config.Task(DatasetSource.Synthetic.Open(config.TrainLimit, config.TestLimit)), folder: null, new Silent()).Run(CancellationToken.None)[0].PeakBytes;
    }

    private sealed class Silent : ITrainingMonitor
    {
        public void Step(TrainingProgress progress) { }

        public void Epoch(EpochRecord record, int epochs) { }

        public void Warn(string message) { }
    }
}
