using GpuPool.Autograd;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Layers;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Experiments;

/// <summary>Accumulated gradients, mean weights, smoothed labels and learning by heart, each beside a plain computation.</summary>
public sealed class TrainingVariantTests
{
    private static readonly TrainingConfig Config = new()
    {
        Architecture = "mobilenet_v2-gaussian_pool-1222121",
        Width = 0.1,
        Size = 32,
        Epochs = 2,
        Batch = 5,
        TrainLimit = 24,
        TestLimit = 10,
    };

    private static readonly DatasetSplits Data = DatasetSource.Synthetic.Open(Config.TrainLimit, Config.TestLimit);

    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void Accumulated_batches_make_the_step_of_one_large_batch()
    {
        // Without noise, and with statistics that stay, an image knows nothing of the others in its batch.
        TrainingConfig alone = Config with { Architecture = "mobilenet_v2-avgp-1222121", Epochs = 1, FrozenBatchNorm = true };
        double[] whole = Weights("whole", alone with { Batch = 12 }), parts = Weights("parts", alone with { Batch = 4, Accumulate = 3 }), single = Weights("single", alone with { Batch = 4 });
        Assert.That(Distance(parts, whole), Is.Below(1e-6 * Distance(whole, new double[whole.Length])));
        Assert.That(Distance(single, whole), Is.GreaterThan(1e3 * Distance(parts, whole)));
    }

    // Of 4 batches the first three make a step, and the last one.
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(6)]
    public void Accumulation_and_mean_weights_go_on_where_they_were(int batches)
    {
        TrainingConfig config = Config with { Accumulate = 3, AverageDecay = 0.6, LabelSmoothing = 0.1 };
        if (!Directory.Exists(_folder["uninterrupted"]))
            Train("uninterrupted", config);
        using var interrupt = new CancellationTokenSource();
        Assert.That(() => Train($"{batches}", config, new Monitor(batches, interrupt), interrupt.Token), Throws.InstanceOf<OperationCanceledException>());
        Train($"{batches}", config);
        RunCheck.Same(_folder[$"{batches}"], _folder["uninterrupted"]);
    }

    [Test]
    public void The_mean_of_weights_is_that_of_its_equation_and_takes_their_place_for_a_while()
    {
        using Module module = Sequential.Of([new Conv2dLayer(2, 3, new Window(1), bias: true), new BatchNormLayer(3)]);
        module.Allocate(Devices.Cpu, seed: 1);
        double[] expected = Values(module);
        using var average = new WeightAverage(module, decay: 0.7);
        for (int step = 1; step <= 3; step++)
        {
            foreach ((_, ModuleState state) in module.States)
                state.Value.Value.CopyFrom(Draw.Normal(state.Shape.Count, step));
            average.Update();
            expected = [.. expected.Zip(Values(module), (mean, value) => 0.7 * mean + 0.3 * value)];
        }
        double[] last = Values(module);
        Assert.That(average.Averaged(() => Values(module)), Is.EqualTo(expected).Within(1e-6));
        Assert.That(Values(module), Is.EqualTo(last));
        Assert.That(average.State.SelectMany(entry => entry.Array.ToDoubles()), Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void Mean_weights_are_what_is_tested_and_saved()
    {
        Train("last", Config with { Epochs = 1 });
        // So much of the start is left that the network knows nothing yet.
        Train("mean", Config with { Epochs = 1, AverageDecay = 0.99999 });
        using Module start = Config.Task(Data).Create();
        start.Allocate(Devices.Cpu, seed: Config.Seed);
        GpuPool.Models.Weights.Save(start, Directory.CreateDirectory(_folder["start"]).FullName + "/last.safetensors");
        double[] first = Saved("start"), mean = Saved("mean"), last = Saved("last");
        Assert.That(Distance(mean, first), Is.Below(1e-3 * Distance(last, first)));
        using RunFolder folder = RunFolder.Read(_folder["mean"]);
        CommandLine evaluate = CommandLine.Run("evaluate", _folder["mean"], "--device", "cpu");
        Assert.That(evaluate.Output, Does.StartWith(FormattableString.Invariant($"accuracy {folder.ReadLog()[0].Test.Score:F4}")));
    }

    [TestCase(0)]
    [TestCase(0.1)]
    [TestCase(0.9)]
    public void Smoothed_labels_give_the_cross_entropy_of_their_distribution(double smoothing)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        const int rows = 4, classes = 5;
        double[] logits = Draw.Normal(rows * classes, 1);
        int[] labels = [0, 4, 2, 2];
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(new Shape(rows, classes), logits, DType.Float64), requiresGradient: true);
        Tensor loss = Classification.Loss(x, labels, smoothing);
        loss.Backward();
        double expected = 0;
        double[] gradient = new double[logits.Length];
        for (int row = 0; row < rows; row++)
        {
            double[] exponentials = [.. logits.Skip(row * classes).Take(classes).Select(Math.Exp)];
            for (int number = 0; number < classes; number++)
            {
                double wanted = (number == labels[row] ? 1 - smoothing : 0) + smoothing / classes, probability = exponentials[number] / exponentials.Sum();
                expected -= wanted * Math.Log(probability) / rows;
                gradient[row * classes + number] = (probability - wanted) / rows;
            }
        }
        Assert.That(loss.Item(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(x.Gradient!.ToDoubles(), Is.EqualTo(gradient).Within(1e-12));
    }

    [TestCase("0.02", ExitCode.Done)]
    [TestCase("0", ExitCode.CheckFailed)]
    public void The_pictures_of_one_step_are_learnt_by_heart_or_the_check_fails(string rate, ExitCode code)
    {
        string folder = _folder[$"heart-{rate}"];
        CommandLine run = CommandLine.Run(
            "train", "mobilenet_v2-avgp-1222121", "--width", "0.35", "--size", "64", "--run", folder, "--batch", "6", "--overfit", "--epochs", "1", "--passes", "75", "--lr", rate, "--schedule", "constant",
            "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Line.StartsWith("gpupool: not all pictures are known by heart.", StringComparison.Ordinal), Is.EqualTo(code == ExitCode.CheckFailed), run.Error);
        using RunFolder trained = RunFolder.Read(folder);
        Assert.That((trained.Config.TrainLimit, trained.Config.WithoutAugmentation), Is.EqualTo((6, true)));
        CommandLine evaluate = CommandLine.Run("evaluate", folder, "--weights", "last", "--device", "cpu");
        Assert.That(evaluate.Output, Does.StartWith(FormattableString.Invariant($"accuracy {trained.ReadLog()[^1].Test.Score:F4}")).And.Contain("on 6 images"));
    }

    [TestCase("--ema 1", "--ema is a share, less than 1")]
    [TestCase("--label-smoothing 1.5", "--label-smoothing is a share, less than 1")]
    [TestCase("--accumulate 0", "--accumulate '0' is not a whole number of at least 1")]
    public void What_is_no_share_and_no_number_is_refused(string option, string cause)
    {
        CommandLine run = CommandLine.Run(["train", "mobilenet_v2-avgp-1222121", "--run", _folder["refused"], .. option.Split(' ')]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Line, Does.Contain(cause));
        Assert.That(_folder["refused"], Does.Not.Exist);
    }

    [Test]
    public void Labels_of_detectors_are_not_smoothed() => Assert.That(
        CommandLine.Run("train", "ssd-mobilenet_v2-skip-1222121", "--label-smoothing", "0.1", "--run", _folder["refused"]).Line, Does.Contain("--label-smoothing is not for ssd"));

    private double[] Weights(string name, TrainingConfig config)
    {
        Train(name, config);
        return Saved(name);
    }

    private double[] Saved(string name)
    {
        var file = SafetensorsFile.Read(_folder[$"{name}/last.safetensors"]);
        return [.. file.Entries.Keys.Order(StringComparer.Ordinal).SelectMany(file.Doubles)];
    }

    private void Train(string name, TrainingConfig config, Monitor? monitor = null, CancellationToken interrupt = default)
    {
        using RunFolder folder = RunFolder.Open(_folder[name], config, Data.Train.ClassNames, resume: true);
        new Trainer(Devices.Cpu, config, config.Task(Data), folder, monitor ?? new Monitor(0, null), new TrainingOptions { CheckpointSteps = 1 }).Run(interrupt);
    }

    private static double[] Values(Module module) => [.. module.States.SelectMany(entry => entry.State.Value.Value.ToDoubles())];

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());

    private sealed class Monitor(int batches, CancellationTokenSource? interrupt) : ITrainingMonitor
    {
        private int _batches;

        public void Step(TrainingProgress progress)
        {
            if (++_batches == batches)
                interrupt!.Cancel();
        }

        public void Epoch(EpochRecord record, int epochs) { }

        public void Warn(string message) { }
    }
}
