using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Distributed;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Experiments.Distributed;

public sealed class GradientBucketsTests
{
    private static readonly Shape Image = new(4, 8, 8, 3);

    private static readonly Learner[] Learners =
    [
        new("chain", Chain),
        new("two passes a step", Chain) { Passes = 2 },
        new("synchronised batch norm", Chain) { IsSynchronised = true },
        new("RNNPool", () => Sequential.Of([new Conv2dLayer(3, 4, new Window(3, 1, 1)), new RnnPool(4, 3, 2, 3, 3, 2), new GlobalAveragePoolLayer(), new LinearLayer(8, 10)])),
        new("other branches on other ranks", () => new Branches()),
        new("other branches in two passes", () => new Branches()) { Passes = 2 },
    ];

    [TestCaseSource(nameof(Learners))]
    public void Weights_are_those_of_sums_after_the_pass_to_the_bit(object learner)
    {
        foreach (int count in new[] { 2, 3 })
        {
            float[] expected = ThreadRanks.Run(count, ranks => Trained(ranks, (Learner)learner, leastBytes: null))[0];
            // Each gradient alone, with exchanges that end late or at once, some together, and all.
            foreach ((int leastBytes, int milliseconds) in new[] { (1, 0), (1, 5), (700, 0), (int.MaxValue, 0) })
            {
                Assert.That(ThreadRanks.Run(count, ranks =>
                {
                    ranks.Patience = TimeSpan.FromMilliseconds(milliseconds);
                    return Trained(ranks, (Learner)learner, leastBytes);
                }), Is.All.EqualTo(expected), $"{count} ranks, {leastBytes} bytes, {milliseconds} ms");
            }
        }
    }

    // Parameters of the chain from the last: 10 and 160, 16, 16 and 1152, 8, 8 and 216 elements. Messages have one more for each of them, and what makes their parts equal.
    [TestCase(1, new[] { 12, 162, 18, 18, 1154, 10, 10, 218 })]
    [TestCase(4 * 170, new[] { 172, 1188, 236 })]
    [TestCase(4 * 170 + 1, new[] { 190, 1170, 236 })]
    [TestCase(4 * 232, new[] { 1360, 236 })]
    [TestCase(int.MaxValue, new[] { 1594 })]
    public void A_bucket_is_full_with_the_parameter_that_reaches_its_size(int leastBytes, int[] lengths)
    {
        foreach (IReadOnlyList<int> sums in ThreadRanks.Run(2, ranks =>
        {
            Trained(ranks, new Learner("once", Chain) { Steps = 1 }, leastBytes);
            return ranks.Sums;
        }))
        {
            Assert.That(sums, Is.EqualTo(lengths));
        }
    }

    [Test]
    public void Buckets_begin_while_the_pass_goes_on_in_the_order_of_the_parameters()
    {
        // A batch norm ends gamma before beta, which comes first among the buckets, as the linear layer ends its weight before its bias.
        foreach (List<int> begun in ThreadRanks.Run(2, ranks =>
        {
            using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
            using ArrayScope scope = device.OpenScope();
            using Module module = Chain();
            module.Allocate(device, seed: 1);
            var buckets = new GradientBuckets(ranks, module.Parameters.Select(entry => entry.Parameter), leastBytes: 1);
            var begun = new List<int>();
            Tensor y = module.Call(Tensor.Leaf(device.Upload(Image, new float[Image.Count])));
            y.Backward(device.Upload(y.Shape, new float[y.Shape.Count]), leaf =>
            {
                buckets.Note(leaf);
                begun.Add(ranks.Sums.Count);
            });
            buckets.Average();
            return begun;
        }))
        {
            Assert.That(begun, Is.EqualTo(new[] { 0, 2, 2, 4, 5, 5, 7, 8 }));
        }
    }

    [Test]
    public void Ranks_that_have_gradients_of_other_parameters_make_the_same_step_and_one_that_none_has_stays([Values(2, 3)] int count)
    {
        (float[] Left, float[] Right, float[] Unused)[] weights = ThreadRanks.Run(count, ranks =>
        {
            using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
            using ArrayScope scope = device.OpenScope();
            using var module = new Branches { Rank = ranks.Rank };
            module.Allocate(device, seed: 1);
            using var sgd = new Sgd(module.Parameters, learningRate: 1, momentum: 0, weightDecay: 0.5);
            var run = new TrainingRun(new TrainingConfig { Architecture = "branches", LearningRate = 1, Schedule = Schedule.Constant }, new DataExtents(1, 1, 1), module, sgd, ranks: ranks);
            Tensor loss = module.Call(Tensor.Leaf(device.Upload(Image, Array.ConvertAll(Draw.Normal(Image.Count, 1), value => (float)value)))).Sum().Reshape(Shape.Scalar);
            run.Backward(loss, endsStep: true);
            run.Step();
            return (Of("left.bias"), Of("right.bias"), Of("unused.bias"));

            float[] Of(string name) => module.Parameters.Single(entry => entry.Name == name).Parameter.Value.ToFloats();
        });
        Assert.That(weights.Select(rank => rank.Left), Is.All.EqualTo(weights[0].Left));
        Assert.That(weights.Select(rank => rank.Right), Is.All.EqualTo(weights[0].Right));
        using Module start = new Branches();
        start.Allocate(Devices.Cpu, seed: 1);
        Assert.That(weights[^1].Left, Is.EqualTo(Moved("left.bias", 1)), "the gradient of one rank: of 4 pictures, each 1");
        Assert.That(weights[0].Right, Is.EqualTo(Moved("right.bias", count - 1)));
        Assert.That(weights[0].Unused, Is.EqualTo(Start("unused.bias")));

        float[] Start(string name) => start.Parameters.Single(entry => entry.Name == name).Parameter.Value.ToFloats();
        float[] Moved(string name, int ranks) => Array.ConvertAll(Start(name), value => value - (4f * ranks / count + 0.5f * value));
    }

    [Test]
    public void Accumulated_batches_are_exchanged_once_a_step()
    {
        TrainingConfig config = new() { Architecture = "mobilenet_v2-skip-1222121", Width = 0.1, Size = 32, Epochs = 2, Batch = 4, TrainLimit = 24, TestLimit = 4, Accumulate = 2 };
        DatasetSplits data = DatasetSource.Synthetic.Open(config.TrainLimit, config.TestLimit);
        // Three batches of a rank are two steps of an epoch, and the network is one bucket.
        Assert.That(ThreadRanks.Run(2, ranks =>
        {
            using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
            new Trainer(device, config, config.Task(data, ranks), folder: null, new PlainMonitor(TextWriter.Null, ""), ranks: ranks).Run(CancellationToken.None);
            return ranks.Sums.Count;
        }), Is.All.EqualTo(4));
    }

    // The weights after some steps, by buckets of that size or by sums that are taken plainly after the passes.
    private static float[] Trained(ThreadRanks ranks, Learner learner, int? leastBytes)
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        using Module module = learner.Create();
        foreach ((_, Module part) in module.Modules)
        {
            if (part is BatchNormLayer norm)
                norm.Peers = learner.IsSynchronised ? ranks : null;
            else if (part is Branches branches)
                branches.Rank = ranks.Rank;
        }
        module.Allocate(device, seed: 1);
        module.Training = true;
        Parameter[] parameters = [.. module.Parameters.Select(entry => entry.Parameter)];
        using var sgd = new Sgd(module.Parameters, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01);
        GradientBuckets? buckets = leastBytes is { } bytes ? new GradientBuckets(ranks, parameters, bytes) : null;
        for (int step = 0; step < learner.Steps; step++)
        {
            using ArrayScope scope = device.OpenScope();
            for (int pass = 0; pass < learner.Passes; pass++)
            {
                int seed = 100 * step + 10 * pass + ranks.Rank;
                Tensor y = module.Call(Tensor.Leaf(device.Upload(Image, Draw.Normal(Image.Count, seed), DType.Float32)));
                y.Backward(device.Upload(y.Shape, Draw.Normal(y.Shape.Count, seed + 5), DType.Float32), pass == learner.Passes - 1 && buckets is not null ? buckets.Note : null);
            }
            buckets?.Average();
            if (buckets is null)
                AveragePlainly(ranks, parameters);
            sgd.Step();
        }
        return [.. parameters.SelectMany(parameter => parameter.Value.ToFloats())];
    }

    private static void AveragePlainly(Ranks ranks, Parameter[] parameters)
    {
        foreach (Parameter parameter in parameters)
        {
            double[][] gradients = [.. ranks.Gather(parameter.Gradient is { } gradient ? [1, .. gradient.ToDoubles()] : new double[1 + parameter.Shape.Count])];
            if (gradients.Any(rank => rank[0] > 0))
                parameter.GradientOrZero().CopyFrom([.. Enumerable.Range(1, parameter.Shape.Count).Select(i => gradients.Aggregate(0f, (sum, rank) => sum + (float)rank[i]) / ranks.Count)]);
        }
    }

    private static Sequential Chain() => Sequential.Of(
    [
        new Conv2dLayer(3, 8, new Window(3, 2, 1)), new BatchNormLayer(8), new Conv2dLayer(8, 16, new Window(3, 2, 1)), new BatchNormLayer(16),
        new GlobalAveragePoolLayer(), new LinearLayer(16, 10),
    ]);

    private sealed record Learner(string Name, Func<Module> Create)
    {
        public int Steps { get; init; } = 3;

        public int Passes { get; init; } = 1;

        public bool IsSynchronised { get; init; }

        public override string ToString() => Name;
    }

    /// <summary>
    /// A trunk and one branch on the first rank, another one on the others, and one that nobody uses. The gradients of the shifts are in the memory of that of the branch, which the pass still reads
    /// when the last of them is final.
    /// </summary>
    private sealed class Branches : Module
    {
        private readonly Conv2dLayer _trunk;
        private readonly LinearLayer _left, _right;
        private readonly Shift _first, _last;

        public Branches()
        {
            Child("unused", new LinearLayer(8, 10));
            _trunk = Child("trunk", new Conv2dLayer(3, 8, new Window(3, 2, 1)));
            (_left, _right) = (Child("left", new LinearLayer(8, 10)), Child("right", new LinearLayer(8, 10)));
            (_first, _last) = (Child("first", new Shift()), Child("last", new Shift()));
        }

        public int Rank { get; set; }

        protected override Tensor Forward(Tensor x) => _last.Call(_first.Call((Rank == 0 ? _left : _right).Call(_trunk.Call(x).GlobalAveragePool())));
    }

    private sealed class Shift : Module
    {
        private readonly ModuleState _shift;

        public Shift() => _shift = State("shift", ModuleState.Parameter(new Shape(Image[0], 10), Distribution.Constant(0.5)));

        protected override Tensor Forward(Tensor x) => x.Add(_shift.Value);
    }
}
