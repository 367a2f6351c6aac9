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
    public void Training_interrupted_after_any_step_resumes_to_the_same_weights_and_log(int steps)
    {
        using var folder = new TemporaryFolder();
        RunFolder whole = Run(folder["whole"], new Monitor()), parted = RunFolder.Open(folder["parted"], Config, resume: false);
        using var interrupt = new CancellationTokenSource();
        Assert.That(() => Train(parted, new Monitor(steps, interrupt), interrupt.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(parted.IsFinished, Is.False);
        parted = Run(folder["parted"], new Monitor());
        Assert.That(File.ReadAllBytes(parted.LastWeights), Is.EqualTo(File.ReadAllBytes(whole.LastWeights)));
        Assert.That(File.ReadAllBytes(parted.BestWeights), Is.EqualTo(File.ReadAllBytes(whole.BestWeights)));
        Assert.That(parted.ReadLog().Select(Timeless), Is.EqualTo(whole.ReadLog().Select(Timeless)));
        Assert.That(parted.IsFinished);
    }

    private static RunFolder Run(string path, Monitor monitor)
    {
        RunFolder folder = RunFolder.Open(path, Config, resume: true);
        Train(folder, monitor, CancellationToken.None);
        return folder;
    }

    private static void Train(RunFolder folder, Monitor monitor, CancellationToken interrupt) =>
        new Trainer(Devices.Cpu, Config, DatasetSource.Synthetic.Open(Config.TrainLimit, Config.TestLimit), folder, monitor).Run(interrupt);

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
