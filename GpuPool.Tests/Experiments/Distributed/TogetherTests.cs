using GpuPool.Autograd;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Distributed;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Layers;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Experiments.Distributed;

/// <summary>Training on several ranks, which are threads here.</summary>
public sealed class TogetherTests
{
    private static readonly TrainingConfig Config = new()
    {
        Architecture = "mobilenet_v2-skip-1222121",
        Width = 0.35,
        Size = 32,
        Epochs = 2,
        Batch = 4,
        TrainLimit = 24,
        TestLimit = 10,
    };

    private static readonly DatasetSplits Data = DatasetSource.Synthetic.Open(80, 10);

    private static readonly DatasetSplits Few = DatasetSource.Synthetic.Open(Config.TrainLimit, Config.TestLimit);

    // Where an activation has a kink, a difference of one rounding decides over whole gradients, of one process with other instructions just as well: here there is none.
    [Test]
    public void The_losses_of_several_ranks_are_those_of_one_with_the_batches_of_all([Values(2, 4)] int count)
    {
        TrainingConfig config = Config with { Epochs = 2, Batch = 8, LearningRate = 0.05, SynchronisedBatchNorm = true };
        double[] whole = Losses(config, Ranks.Alone);
        Assert.That(whole, Has.Length.EqualTo(20));
        foreach (double[] parts in ThreadRanks.Run(count, ranks => Losses(config with { Batch = 8 / count }, ranks)))
            Assert.That(parts, Is.EqualTo(whole).Within(1e-5));
        Assert.That(whole[^1], Is.Not.EqualTo(whole[0]).Within(1e-3), "something is learnt");
    }

    [Test]
    public void The_same_ranks_give_the_same_bits_interrupted_or_not([Values] bool synchronised)
    {
        using var folder = new TemporaryFolder();
        TrainingConfig config = Config with { SynchronisedBatchNorm = synchronised };
        Train(folder["whole"], config, 2, int.MaxValue);
        Train(folder["again"], config, 2, int.MaxValue);
        RunCheck.Same(folder["again"], folder["whole"]);
        Assert.That(() => Train(folder["parted"], config, 2, stopAfter: 4), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFiles(folder["parted/checkpoints"], "*.json"), Is.Not.Empty);
        Train(folder["parted"], config, 2, int.MaxValue);
        RunCheck.Same(folder["parted"], folder["whole"]);
    }

    [Test]
    public void A_run_goes_on_with_another_number_of_ranks_and_says_so()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => Train(folder["run"], Config, 2, stopAfter: 1), Throws.InstanceOf<OperationCanceledException>());
        Watch watch = Train(folder["run"], Config, 1, int.MaxValue);
        Assert.That(watch.Warnings, Has.One.EqualTo("ranks before this: 2, now: 1; steps take other pictures together from here on"));
        Assert.That(watch.Steps[0], Is.EqualTo(5), "the interrupt is heard in the second step, and two steps of eight pictures are four of four");
    }

    [Test]
    public void A_disk_that_is_full_ends_all_ranks()
    {
        using var folder = new TemporaryFolder();
        AgreedException failure = Assert.Throws<AgreedException>(() => Train(folder["run"], Config, 2, int.MaxValue, new FaultyDisk(14, DiskFault.NoSpace)))!;
        Assert.That((failure.Failure.Code, failure.Failure.Cause), Is.EqualTo((ExitCode.NotWritable, "fault NoSpace at call 14")));
    }

    // The last rank is the one that is interrupted.
    private static Watch Train(string path, TrainingConfig config, int count, int stopAfter, IDisk? disk = null) => ThreadRanks.Run(count, ranks =>
    {
        using var interrupt = new CancellationTokenSource();
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        using RunFolder? folder = ranks.IsFirst ? RunFolder.Open(path, config, Few.Train.ClassNames, resume: true, disk: disk) : null;
        var watch = new Watch(ranks.Rank == count - 1 ? stopAfter : int.MaxValue, interrupt);
        new Trainer(device, config, config.Task(Few, ranks), folder, watch, ranks: ranks).Run(interrupt.Token);
        return watch;
    })[0];

    private static double[] Losses(TrainingConfig config, Ranks ranks)
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        var watch = new Watch(int.MaxValue, null);
        new Trainer(device, config, new WithoutKinks(config.Task(Data, ranks)), folder: null, watch, ranks: ranks).Run(CancellationToken.None);
        return [.. watch.Losses];
    }

    private sealed class Watch(int stopAfter, CancellationTokenSource? interrupt) : ITrainingMonitor
    {
        public List<double> Losses { get; } = [];

        public List<int> Steps { get; } = [];

        public List<string> Warnings { get; } = [];

        public void Step(TrainingProgress progress)
        {
            Losses.Add(progress.Measures.Loss);
            Steps.Add(progress.Step);
            if (Steps.Count == stopAfter)
                interrupt!.Cancel();
        }

        public void Epoch(EpochRecord record, int epochs) { }

        public void Warn(string message) => Warnings.Add(message);
    }

    /// <summary>The task with a network of convolutions and batch norms alone.</summary>
    private sealed class WithoutKinks(ITask task) : ITask
    {
        public DataExtents Data => task.Data;

        public IReadOnlyList<string> ClassNames => task.ClassNames;

        public Shape LargestPicture => task.LargestPicture;

        public Cost Cost => task.Cost;

        public int Steps => task.Steps;

        public IEnumerable<Batch> Train(int epoch, int firstBatch) => task.Train(epoch, firstBatch);

        public IEnumerable<Batch> Test() => task.Test();

        public Module Create(SafetensorsFile? weights) => Sequential.Of(
        [
            new Conv2dLayer(3, 8, new Window(3, 2, 1)), new BatchNormLayer(8), new Conv2dLayer(8, 16, new Window(3, 2, 1)), new BatchNormLayer(16),
            new GlobalAveragePoolLayer(), new LinearLayer(16, 10),
        ]);

        public Outcome Forward(Module module, Batch batch, Tensor images) => task.Forward(module, batch, images);

        public Means Measure(Batch batch, Outcome outcome) => task.Measure(batch, outcome);

        public ITest BeginTest(Device device, Module module) => task.BeginTest(device, module);
    }
}
