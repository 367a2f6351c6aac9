using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Layers;
using GpuPool.Models.Safetensors;
using GpuPool.Tests.Models;

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

    private static readonly DatasetSplits Data = DatasetSource.Synthetic.Open(Config.TrainLimit, Config.TestLimit);

    private TemporaryFolder _whole = null!;

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(5)]
    [TestCase(8)]
    public void Training_interrupted_after_any_step_resumes_to_the_same_weights_and_log(int steps)
    {
        using var folder = new TemporaryFolder();
        Start(folder["parted"], interruptedAfter: steps);
        Resume(folder["parted"]);
        AssertSameAsWhole(folder["parted"]);
    }

    [TestCase(2, "mobilenet-gaussian_pool-1222111")]
    [TestCase(5, "mobilenet-mixed-1222111")]
    public void Pooling_that_draws_random_numbers_goes_on_with_the_next_of_them(int steps, string architecture)
    {
        using var folder = new TemporaryFolder();
        TrainingConfig config = Config with { Architecture = architecture };
        Resume(folder["whole"], config);
        Start(folder["parted"], config, interruptedAfter: steps);
        Resume(folder["parted"], config);
        RunCheck.Same(folder["parted"], folder["whole"]);
    }

    [TestCase(2)]
    [TestCase(4)]
    public void Clipping_and_a_warm_up_over_epochs_go_on_where_they_were(int steps)
    {
        using var folder = new TemporaryFolder();
        TrainingConfig config = Config with { Clip = 0.5, WarmUp = new WarmUp(5, 0.1), WeightDecay = 0.01 };
        Resume(folder["whole"], config);
        Start(folder["parted"], config, interruptedAfter: steps);
        Resume(folder["parted"], config);
        RunCheck.Same(folder["parted"], folder["whole"]);
        byte[] plain = File.ReadAllBytes(Path.Combine(_whole["run"], "last.safetensors"));
        foreach (TrainingConfig other in new[] { Config with { Clip = 0.5 }, Config with { WarmUp = config.WarmUp }, Config with { WeightDecay = 0.01 } })
        {
            using var own = new TemporaryFolder();
            Resume(own["run"], other);
            Assert.That(File.ReadAllBytes(own["run/last.safetensors"]), Is.Not.EqualTo(plain), "each of them changes what is learnt");
        }
    }

    [Test]
    public void Frozen_batch_norm_keeps_what_it_starts_with_and_lets_the_rest_be_trained()
    {
        using var folder = new TemporaryFolder();
        Resume(folder["run"], Config with { Epochs = 1, FrozenBatchNorm = true });
        var file = SafetensorsFile.Read(folder["run/last.safetensors"]);
        foreach ((string end, float start) in new[] { ("running_mean", 0f), ("running_var", 1f) })
            Assert.That(file.Entries.Keys.Where(name => name.EndsWith(end, StringComparison.Ordinal)).SelectMany(file.Floats), Is.All.EqualTo(start));
        using Module module = Config.Task(Data).Create();
        foreach ((string name, Module norm) in module.Modules.Where(entry => entry.Module is BatchNormLayer))
        {
            Assert.That(file.Floats($"{name}.weight"), Is.All.EqualTo(1));
            Assert.That(file.Floats($"{name}.bias"), Is.All.EqualTo(0));
        }
    }

    [Test]
    public void Old_configurations_are_read_and_new_ones_say_no_more_than_they_did()
    {
        string text = JsonSerializer.Serialize(Config, Json.Indented);
        Assert.That(text, Does.Not.Contain("clip").And.Not.Contain("warm_up").And.Not.Contain("frozen").And.Not.Contain("short_side"));
        Assert.That(JsonSerializer.Deserialize<TrainingConfig>(text, Json.Indented), Is.EqualTo(Config));
        TrainingConfig detector = DetectorRecipe.Of("faster_rcnn");
        Assert.That(JsonSerializer.Deserialize<TrainingConfig>(JsonSerializer.Serialize(detector, Json.Indented), Json.Indented), Is.EqualTo(detector));
    }

    [TestCase("ssd", "ssd")]
    [TestCase("faster_rcnn", "faster-rcnn")]
    [TestCase("yolov3", "yolov3")]
    public void The_rates_of_the_released_detectors_are_those_that_were_recorded(string kind, string file)
    {
        var recorded = Recorded.Open($"golden/detection/pipeline/schedule-{file}.safetensors");
        int Value(string key) => (int)recorded.Number(key, 0);
        TrainingConfig recipe = DetectorRecipe.Of(kind) with { LearningRate = recorded.Number("base_lr", 0) };
        Assert.That(recipe.Epochs, Is.EqualTo(Value("epochs")));
        double[] rates = recorded.File.Doubles("lr");
        Assert.That(rates, Has.Length.GreaterThan(100));
        for (int i = 0; i < rates.Length; i++)
        {
            int step = i * Value("every");
            Assert.That(recipe.LearningRateAt(step / Value("iterations_per_epoch") + 1, step), Is.EqualTo(rates[i]).Within(1e-9 * rates[i]), $"step {step}");
        }
    }

    [TestCase(3)]
    [TestCase(4)]
    [TestCase(8)]
    public void Pruning_goes_on_with_its_masks(int steps)
    {
        using var folder = new TemporaryFolder();
        TrainingConfig config = Config with { Epochs = 4, Pruning = new PruningConfig { AfterEpoch = 1 } };
        Resume(folder["whole"], config);
        Start(folder["parted"], config, interruptedAfter: steps);
        Resume(folder["parted"], config);
        RunCheck.Same(folder["parted"], folder["whole"]);
    }

    [Test]
    public void The_share_of_exchanged_channels_falls_linearly_to_zero_and_the_rate_of_learning_follows_the_phase()
    {
        TrainingConfig config = Config with { Epochs = 14, Pruning = new PruningConfig { AfterEpoch = 10 } };
        Assert.That(
            Enumerable.Range(10, 6).Select(epoch => config.Pruning.RateBefore(epoch, config.Epochs)),
            Is.EqualTo(new double?[] { null, 0, 0.375, 0.25, 0.125, 0 }));
        Assert.That(
            Enumerable.Range(1, 14).Select(config.LearningRateOf),
            Is.EqualTo(Enumerable.Range(1, 10).Select((Config with { Epochs = 10 }).LearningRateOf).Concat([1e-3, 1e-3, 1e-3, 1e-3])));
    }

    [Test]
    public void A_damaged_checkpoint_is_told_and_the_one_before_it_taken()
    {
        using var folder = new TemporaryFolder();
        Start(folder["parted"], interruptedAfter: 7);
        string[] checkpoints = [.. Directory.GetFiles(Path.Combine(folder["parted"], "checkpoints"), "*.safetensors").Order()];
        Assert.That(checkpoints, Has.Length.EqualTo(2));
        byte[] bytes = File.ReadAllBytes(checkpoints[^1]);
        bytes[^1000] ^= 16;
        File.WriteAllBytes(checkpoints[^1], bytes);
        Assert.That(
            Resume(folder["parted"]).Warnings,
            Is.EqualTo(new[] { $"{checkpoints[^1]} is not as it was written; going back to the checkpoint before it" }));
        AssertSameAsWhole(folder["parted"]);
    }

    // Calls 1 to 10 write classes and configuration; the first checkpoint begins at 11.
    [TestCase(3)]
    [TestCase(8)]
    [TestCase(14)]
    [TestCase(45)]
    [TestCase(70)]
    [TestCase(91)]
    public void Training_whose_machine_fails_at_a_call_of_the_disk_resumes_to_the_same_weights_and_log(int call)
    {
        using var folder = new TemporaryFolder();
        var disk = new FaultyDisk(call, DiskFault.PowerFailure);
        Assert.That(() => Start(folder["parted"], disk: disk), Throws.InstanceOf<IOException>());
        Resume(folder["parted"]);
        AssertSameAsWhole(folder["parted"]);
    }

    [Test]
    public void Training_knows_no_more_of_a_task_than_its_losses_and_its_score()
    {
        using var folder = new TemporaryFolder();
        using RunFolder run = RunFolder.Open(folder["run"], Config, Data.Train.ClassNames, resume: false);
        IReadOnlyList<EpochRecord> epochs = new Trainer(Devices.Cpu, Config, new TwoLosses(Config.Task(Data)), run, new Monitor()).Run(CancellationToken.None);
        Assert.That(File.ReadLines(folder["run/log.csv"]).First(), Does.StartWith("epoch,learning_rate,train_loss,train_box_loss,test_loss,test_map,images_per_second"));
        Assert.That(run.ReadLog(), Is.EqualTo(epochs));
        Assert.That(epochs.Select(epoch => epoch.Test.Score), Is.EqualTo(new[] { 0.5, 1 / 3.0, 0.25 }));
        Assert.That(epochs.Best(Config)!.Epoch, Is.EqualTo(1));
        Assert.That(epochs.Select(epoch => epoch.Train["box_loss"]), Is.EqualTo(epochs.Select(epoch => epoch.Train.Loss / 2)));
    }

    [Test]
    public void A_run_that_is_tested_once_has_the_columns_of_the_test_in_its_log_empty_until_then()
    {
        using var folder = new TemporaryFolder();
        Resume(folder["run"], Config with { TestsAtEnd = true });
        string[][] lines = [.. File.ReadLines(folder["run/log.csv"]).Select(line => line.Split(','))];
        int column = Array.IndexOf(lines[0], "test_accuracy");
        Assert.That(lines.Select(line => line.Length), Is.All.EqualTo(lines[0].Length));
        Assert.That(lines.Skip(1).Select(line => line[column].Length > 0), Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public void Images_that_an_epoch_leaves_out_are_told()
    {
        TrainingConfig config = Config with { Batch = 7, Epochs = 1 };
        var monitor = new Monitor();
        new Trainer(Devices.Cpu, config, config.Task(Data), null, monitor).Run(CancellationToken.None);
        Assert.That(monitor.Warnings, Is.EqualTo(new[] { "each epoch leaves out 3 of 24 images, others each time, since a step takes 7" }));
    }

    [Test]
    public void A_data_set_that_changed_under_a_run_is_refused()
    {
        using var folder = new TemporaryFolder();
        Start(folder["parted"], interruptedAfter: 2);
        using RunFolder run = RunFolder.Open(folder["parted"], Config, Data.Train.ClassNames, resume: true);
        Assert.That(
            () => new Trainer(Devices.Cpu, Config, Config.Task(DatasetSource.Synthetic.Open(40, Config.TestLimit)), run, new Monitor()).Run(CancellationToken.None),
            Throws.TypeOf<GpuPoolException>().With.Property("Code").EqualTo(ExitCode.Configuration).And.Message.Contains(
                "was trained with 24 training images, 10 test images and 10 classes, and the data set now has 40 training images"));
    }

    [Test]
    public void The_next_batch_is_read_before_the_loss_is_waited_for()
    {
        TrainingConfig config = Config with { Epochs = 1, Batch = 8 };
        var task = new TwoLosses(config.Task(Data));
        new Trainer(Devices.Cpu, config, task, null, new Monitor()).Run(CancellationToken.None);
        Assert.That(task.Calls, Is.EqualTo(new[] { "read", "read", "measure", "read", "measure", "measure" }));
    }

    [OneTimeSetUp]
    public void TrainWhole()
    {
        _whole = new TemporaryFolder();
        Resume(_whole["run"]);
    }

    [OneTimeTearDown]
    public void RemoveWhole() => _whole.Dispose();

    private static void Start(string path, TrainingConfig? config = null, int interruptedAfter = int.MaxValue, IDisk? disk = null)
    {
        using var interrupt = new CancellationTokenSource();
        using RunFolder folder = RunFolder.Open(path, config ?? Config, Data.Train.ClassNames, resume: false, disk: disk);
        try
        {
            Train(folder, new Monitor(interruptedAfter, interrupt), interrupt.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.That(folder.IsFinished, Is.False);
        }
    }

    private static Monitor Resume(string path, TrainingConfig? config = null)
    {
        using RunFolder folder = RunFolder.Open(path, config ?? Config, Data.Train.ClassNames, resume: true);
        var monitor = new Monitor();
        Train(folder, monitor, CancellationToken.None);
        Assert.That(folder.IsFinished);
        return monitor;
    }

    private static void Train(RunFolder folder, Monitor monitor, CancellationToken interrupt)
    {
        new Trainer(Devices.Cpu, folder.Config, folder.Config.Task(Data), folder, monitor, new TrainingOptions { CheckpointSteps = 1 }).Run(interrupt);
    }

    private void AssertSameAsWhole(string run) => RunCheck.Same(run, _whole["run"]);

    private sealed class Monitor(int stopAfter = int.MaxValue, CancellationTokenSource? interrupt = null) : ITrainingMonitor
    {
        private int _steps;

        public List<string> Warnings { get; } = [];

        public void Step(TrainingProgress progress)
        {
            if (++_steps == stopAfter)
                interrupt!.Cancel();
        }

        public void Epoch(EpochRecord record, int epochs) { }

        public void Warn(string message) => Warnings.Add(message);
    }

    // Shows two losses in training, and in a test a score that falls from epoch to epoch.
    private sealed class TwoLosses(ITask task) : ITask
    {
        private int _tests;

        public List<string> Calls { get; } = [];

        public DataExtents Data => task.Data;

        public IReadOnlyList<string> ClassNames => task.ClassNames;

        public Shape LargestPicture => task.LargestPicture;

        public Cost Cost => task.Cost;

        public int Steps => task.Steps;

        public IEnumerable<Batch> Train(int epoch, int firstBatch = 0) => task.Train(epoch, firstBatch).Select(batch =>
        {
            Calls.Add("read");
            return batch;
        });

        public IEnumerable<Batch> Test() => task.Test();

        public Module Create(SafetensorsFile? weights = null) => task.Create(weights);

        public Outcome Forward(Module module, Batch batch, Tensor images) => task.Forward(module, batch, images);

        public Means Measure(Batch batch, Outcome outcome)
        {
            Calls.Add("measure");
            double sum = outcome.Loss.Item() * batch.Count;
            return new Means(batch.Count, new Measures(new("loss", sum), new("box_loss", sum / 2)));
        }

        public ITest BeginTest(Device device, Module module) => new Falling(1.0 / (++_tests + 1));
    }

    private sealed class Falling(double score) : ITest
    {
        public Measures Result => new(new("loss", 1), new("map", score));

        public void Add(Batch batch) { }
    }
}
