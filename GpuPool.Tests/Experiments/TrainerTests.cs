using GpuPool.Experiments.Data;
using GpuPool.Experiments.Training;

namespace GpuPool.Tests.Experiments;

public sealed class TrainerTests
{
    private static readonly TrainingConfig Config = new()
    {
        Architecture = "mobilenet_v2-skip-1222121",
        Width = 0.35,
        Size = 32,
        Epochs = 3,
        TrainLimit = 24,
        TestLimit = 10,
    };

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(5)]
    [TestCase(8)]
    [TestCase(2, "mobilenet-gaussian_pool-1222111")]
    [TestCase(5, "mobilenet-mixed-1222111")]
    public void Training_interrupted_after_any_step_resumes_to_the_same_weights_and_log(int steps, string architecture = "mobilenet_v2-skip-1222121")
    {
        using var folder = new TemporaryFolder();
        TrainingConfig config = Config with { Architecture = architecture };
        RunFolder whole = Run(config, folder["whole"], new Monitor()), parted = RunFolder.Open(folder["parted"], config, resume: false);
        using var interrupt = new CancellationTokenSource();
        Assert.That(() => Train(config, parted, new Monitor(steps, interrupt), interrupt.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(parted.IsFinished, Is.False);
        parted = Run(config, folder["parted"], new Monitor());
        Assert.That(File.ReadAllBytes(parted.LastWeights), Is.EqualTo(File.ReadAllBytes(whole.LastWeights)));
        Assert.That(File.ReadAllBytes(parted.BestWeights), Is.EqualTo(File.ReadAllBytes(whole.BestWeights)));
        Assert.That(parted.ReadLog().Select(Timeless), Is.EqualTo(whole.ReadLog().Select(Timeless)));
        Assert.That(parted.IsFinished);
    }

    private static RunFolder Run(TrainingConfig config, string path, Monitor monitor)
    {
        RunFolder folder = RunFolder.Open(path, config, resume: true);
        Train(config, folder, monitor, CancellationToken.None);
        return folder;
    }

    private static void Train(TrainingConfig config, RunFolder folder, Monitor monitor, CancellationToken interrupt) =>
        new Trainer(Devices.Cpu, config, DatasetSource.Synthetic.Open(config.TrainLimit, config.TestLimit), folder, monitor).Run(interrupt);

    // Times and, after a pause, the peak differ.
    private static EpochRecord Timeless(EpochRecord record) => record with { Seconds = 0, ImagesPerSecond = 0, PeakBytes = 0, LiveBytes = 0 };

    private sealed class Monitor(int stopAfter = int.MaxValue, CancellationTokenSource? interrupt = null) : ITrainingMonitor
    {
        private int _steps;

        public void Step(TrainingProgress progress)
        {
            if (++_steps == stopAfter)
                interrupt!.Cancel();
        }

        public void Epoch(EpochRecord record, int epochs) { }
    }
}
