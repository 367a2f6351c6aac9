using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Experiments;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;

namespace GpuPool.Tests.Experiments;

public sealed class DetectionTests
{
    private static readonly TrainingConfig Config = new()
    {
        Architecture = "lonely",
        Size = 48,
        Epochs = 3,
        Batch = 4,
        Schedule = Schedule.Constant,
        Clip = 5,
        WarmUp = new WarmUp(4, 0.1),
        WeightDecay = 1e-4,
    };

    private static readonly DetectionSplits Scenes = DetectionSource.Synthetic.Open(trainLimit: 12, testLimit: 6);

    [Test]
    public void A_detector_learns_and_its_log_has_the_parts_of_the_loss_and_the_six_precisions()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<EpochRecord> epochs = Train(folder["run"]);
        Assert.That(File.ReadLines(folder["run/log.csv"]).First(), Is.EqualTo(
            "epoch,learning_rate,train_loss,train_class_loss,train_box_loss,test_map,test_map_50,test_map_75,test_map_large,test_map_medium,test_map_small,"
            + "images_per_second,seconds,live_bytes,peak_bytes"));
        Assert.That(epochs[^1].Train.Loss, Is.Below(epochs[0].Train.Loss));
        Assert.That(epochs[0].Train["class_loss"] + epochs[0].Train["box_loss"], Is.EqualTo(epochs[0].Train.Loss).Within(1e-6));
        Assert.That(epochs[0].Test.ScoreName, Is.EqualTo("map"));
        Assert.That(epochs.Best(Config)!.Test.Score, Is.EqualTo(epochs.Max(epoch => epoch.Test.Score)));
        Assert.That(epochs[0].Summary(3), Does.Contain("class_loss ").And.Contain("test map "));
        Assert.That(epochs.Select(epoch => epoch.LiveBytes).Distinct().Count(), Is.EqualTo(1), "memory stays flat");
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(7)]
    public void Training_of_a_detector_interrupted_after_any_step_resumes_to_the_same_weights_and_log(int steps)
    {
        using var folder = new TemporaryFolder();
        Train(folder["whole"]);
        using var interrupt = new CancellationTokenSource();
        Assert.That(() => Train(folder["parted"], new StepMonitor(steps, interrupt)), Throws.InstanceOf<OperationCanceledException>());
        Train(folder["parted"]);
        RunCheck.Same(folder["parted"], folder["whole"]);
    }

    [Test]
    public void A_detector_that_diverges_is_told_and_when_recorded_its_last_epoch_is_never_the_best()
    {
        using var folder = new TemporaryFolder();
        TrainingConfig wild = Config with { LearningRate = 1e38, WarmUp = null, Clip = null, Epochs = 1 };
        Assert.That(() => Train(folder["run"], config: wild), Throws.TypeOf<GpuPoolException>().With.Property("Code").EqualTo(ExitCode.Diverged));
        IReadOnlyList<EpochRecord> epochs = Train(folder["recorded"], config: wild, onNonfinite: NonfiniteLoss.Record);
        Assert.That(epochs.Single().IsFinite, Is.False);
        Assert.That(epochs.Best(wild), Is.Null);
    }

    [Test]
    public void Detections_that_are_what_is_there_have_a_precision_of_1_and_sizes_that_are_not_there_none()
    {
        var found = new FoundObjects(Scenes.Test.ClassNames.Count);
        for (int picture = 0; picture < Scenes.Test.Count; picture++)
        {
            AnnotatedPicture shown = Scenes.Test.Picture(picture);
            found.Add(shown with { Objects = [.. shown.Objects.Select(item => item with { Area = 2000 })] }, [.. shown.Objects.Select(item => new GpuPool.Models.Detection.DetectedBox(item.Box, item.Label, 1))]);
        }
        Measures precision = found.Precision();
        Assert.That(precision.Select(measure => measure.Value.ToString("F4", CultureInfo.InvariantCulture)), Is.EqualTo(new[] { "1.0000", "1.0000", "1.0000", "NaN", "1.0000", "NaN" }));
    }

    private static IReadOnlyList<EpochRecord> Train(string path, StepMonitor? monitor = null, TrainingConfig? config = null, NonfiniteLoss onNonfinite = NonfiniteLoss.Stop)
    {
        config ??= Config;
        var task = new Detection(Scenes, classes => new LonelyDetector(classes), DetectionTransform.Ssd(config.Size), config.Batch, config.Seed);
        using RunFolder folder = RunFolder.Open(path, config, task.ClassNames, resume: true);
        var options = new TrainingOptions { CheckpointSteps = 1, OnNonfinite = onNonfinite };
        return new Trainer(Devices.Cpu, config, task, folder, monitor ?? new StepMonitor(), options).Run(monitor?.Stop ?? CancellationToken.None);
    }

    private sealed class StepMonitor(int stopAfter = int.MaxValue, CancellationTokenSource? interrupt = null) : ITrainingMonitor
    {
        private int _steps;

        public CancellationToken Stop => interrupt?.Token ?? CancellationToken.None;

        public void Step(TrainingProgress progress)
        {
            if (++_steps == stopAfter)
                interrupt!.Cancel();
        }

        public void Epoch(EpochRecord record, int epochs) { }

        public void Warn(string message) { }
    }
}
