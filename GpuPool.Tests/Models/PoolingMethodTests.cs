using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Pooling;
using GpuPool.Tests.Kernels.Ops;

namespace GpuPool.Tests.Models;

/// <summary>What every pooling method is held to, by itself and in each place of a network.</summary>
public sealed class PoolingMethodTests
{
    private static readonly string[] _words = [.. PoolingMethod.All.Where(method => !method.IsStrided).Select(method => method.Word)];

    // Methods whose outputs are means, or choices, of the cells of disjoint windows.
    private static readonly string[] _means =
    [
        "maxp", "avgp", "lip", "mixed", "mixed_learned", "gated", "nlp", "nlpnoexp", "nlpnosigmoid", "nlpnope", "nlpnobn1", "nlpnobn2", "dpp", "dpp_asymmetric",
        "dpp_full", "dpp_full_asymmetric",
    ];

    // Those, the means of overlapping windows, and the power mean.
    private static readonly string[] _keepConstants = [.. _means, "lip_original", "lip_original_bottleneck", "lp"];

    private static readonly Window _square = new(3, 1, 1);

    // Odd extents, a remainder, channels that are a multiple of nothing; extents and step of 2 and 4.
    private static readonly (Shape Map, int Stride)[] _places = [(new(2, 5, 6, 4), 2), (new(2, 4, 2, 6), 2), (new(3, 7, 9, 3), 4)];

    private static IEnumerable<TestCaseData> Places =>
        from word in _words
        from place in _places
        select new TestCaseData(word, place.Map, place.Stride).SetArgDisplayNames(word, place.Map.ToString(), $"{place.Stride}");

    [TestCaseSource(nameof(Places))]
    public void Gradients_equal_differences_in_training_and_in_evaluation(string word, Shape map, int stride)
    {
        using Module pool = Create(word, map.Channels, stride);
        foreach (bool training in new[] { true, false })
        {
            pool.Training = training;
            ModuleCheck.Gradients(pool, map, Draw.Normal(map.Count, stride));
        }
    }

    [Test]
    public void Gradients_equal_differences_on_a_gpu([ValueSource(nameof(_words))] string word)
    {
        (Shape map, int stride) = _places[0];
        using Module pool = Create(word, map.Channels, stride, on: Devices.Gpu);
        pool.Training = true;
        ModuleCheck.Gradients(pool, map, Draw.Normal(map.Count, stride), Devices.Gpu);
    }

    // The shapes are drawn once and for all: with new ones in each run, one in thousands would put a kink within the step.
    [Test]
    public void Gradients_equal_differences_on_drawn_shapes([ValueSource(nameof(_words))] string word, [Values] bool training)
    {
        var random = new Random(3);
        for (int sample = 0; sample < 4; sample++)
        {
            int stride = random.Next(2, 5);
            var map = new Shape(random.Next(2, 4), random.Next(stride, 9), random.Next(stride, 9), random.Next(2, 8));
            using Module pool = Create(word, map.Channels, stride);
            pool.Training = training;
            ModuleCheck.Gradients(pool, map, Draw.Normal(map.Count, sample));
        }
    }

    [TestCaseSource(nameof(Places))]
    public void Host_bodies_equal_portable_bodies(string word, Shape map, int stride)
    {
        using Module pool = Create(word, map.Channels, stride);
        ModuleCheck.HostEqualsPortable(pool, map, Draw.Normal(map.Count, stride));
    }

    [TestCaseSource(nameof(Places))]
    public void The_map_shrinks_by_the_stride_and_keeps_its_channels(string word, Shape map, int stride)
    {
        using Module pool = Create(word, map.Channels, stride);
        // The windows of the original LIP overlap and reach beyond the map, as those of a strided convolution do.
        int Extent(int axis) => word.StartsWith("lip_original", StringComparison.Ordinal) ? (map[axis] + stride - 1) / stride : map[axis] / stride;
        var small = new Shape(map[0], Extent(1), Extent(2), map.Channels);
        Assert.That(pool.Infer(map), Is.EqualTo(small));
        Assert.That(ModuleCheck.Run(pool, map, Draw.Normal(map.Count, 1)), Has.Length.EqualTo(small.Count));
    }

    [Test]
    public void A_window_of_step_one_keeps_the_extents_and_has_gradients_and_equal_bodies([ValueSource(nameof(_words))] string word)
    {
        if (!PoolingMethod.All.Single(method => method.Word == word).TakesStepOne)
        {
            Assert.That(word, Is.EqualTo("rnnpool"));
            return;
        }
        var map = new Shape(2, 4, 5, 4);
        using Module pool = Create(word, map.Channels, 1, _square);
        Assert.That(pool.Infer(map), Is.EqualTo(map));
        ModuleCheck.HostEqualsPortable(pool, map, Draw.Normal(map.Count, 3));
        foreach (bool training in new[] { true, false })
        {
            pool.Training = training;
            ModuleCheck.Gradients(pool, map, Draw.Normal(map.Count, 4));
        }
    }

    // All that leave padding out.
    [Test]
    public void Means_of_step_one_lie_within_their_window_of_nine([Values("maxp", "lip", "lip_original", "lip_original_bottleneck", "nlp", "nlpnoexp", "dpp", "dpp_full")] string word)
    {
        var map = new Shape(2, 5, 4, 4);
        double[] x = Draw.Normal(map.Count, 2, mean: 3);
        using Module pool = Create(word, map.Channels, 1, _square);
        double[] y = ModuleCheck.Run(pool, map, x);
        double[] low = PoolOracle.Forward(_square, map, cells => cells.Min(cell => x[cell])), high = PoolOracle.Forward(_square, map, cells => cells.Max(cell => x[cell]));
        Assert.That(y.Select((value, index) => value >= low[index] - 1e-14 && value <= high[index] + 1e-14), Is.All.True);
        Assert.That(y.Zip(x, (after, before) => Math.Abs(after - before)).Max(), Is.GreaterThan(0.1), "a window of one cell");
    }

    [Test]
    public void Means_lie_within_their_window([ValueSource(nameof(_means))] string word, [Values] bool training)
    {
        foreach ((Shape map, int stride) in _places)
        {
            double[] x = Draw.Normal(map.Count, 2);
            using Module pool = Create(word, map.Channels, stride);
            pool.Training = training;
            double[] y = ModuleCheck.Run(pool, map, x);
            double[] low = PoolOracle.Forward(new Window(stride, stride), map, cells => cells.Min(cell => x[cell]));
            double[] high = PoolOracle.Forward(new Window(stride, stride), map, cells => cells.Max(cell => x[cell]));
            for (int index = 0; index < y.Length; index++)
                Assert.That(y[index], Is.InRange(low[index] - 1e-14, high[index] + 1e-14));
        }
    }

    [Test]
    public void A_constant_map_passes_unchanged([ValueSource(nameof(_keepConstants))] string word, [Values] bool training)
    {
        foreach ((Shape map, int stride) in _places)
        {
            using Module pool = Create(word, map.Channels, stride);
            pool.Training = training;
            Assert.That(ModuleCheck.Run(pool, map, [.. Enumerable.Repeat(1.5, map.Count)]), Is.All.EqualTo(1.5).Within(1e-14));
        }
    }

    [Test]
    public void Weight_decay_leaves_alone_only_alpha_and_lambda_of_detail_preserving_pooling([ValueSource(nameof(_words))] string word)
    {
        using Module pool = Create(word, channels: 4);
        Assert.That(
            pool.Parameters.Where(entry => !entry.Parameter.Decays).Select(entry => entry.Name),
            Is.EqualTo(word.StartsWith("dpp", StringComparison.Ordinal) ? new[] { "alpha", "lambda" } : []));
    }

    // Both placements, and the prepool.
    [Test]
    public void Every_method_learns_in_MobileNetV2(
        [ValueSource(nameof(_words))] string word,
        [Values("mobilenet_v2-{0}-2222121", "mobilenet-{0}-1222121", "prepool-{0}-2-mobilenet_v2-{0}-1222121")] string label) => Learn(label, word, width: 0.1);

    [Test]
    public void Methods_learn_in_ResNet18(
        [Values("lip", "gaussian_pool", "rnnpool", "dpp_full")] string word,
        [Values("resnet18-{0}-1222", "prepool-{0}-4-resnet18_v2-{0}-1222")] string label) => Learn(label, word, width: 1);

    [Test]
    [Category("Nightly")]
    public void Every_method_learns_in_ResNet18(
        [ValueSource(nameof(_words))] string word,
        [Values("resnet18-{0}-1222", "resnet18_v2-{0}-2222", "prepool-{0}-4-resnet18-{0}-1222")] string label) => Learn(label, word, width: 1);

    /// <summary>A pool whose weights are no longer at their start, where some methods are average pooling.</summary>
    internal static Module Create(string word, int channels, int stride = 2, Window? own = null, Device? on = null)
    {
        Module pool = PoolingMethod.All.Single(method => method.Word == word).Create(new PoolingSite(channels, stride, new SelfAttentiveOptions()) { Own = own });
        pool.Allocate(on ?? Devices.Cpu, DType.Float64, 5);
        int seed = 20;
        foreach ((_, Parameter parameter) in pool.Parameters)
            parameter.Value.CopyFrom([.. parameter.Value.ToDoubles().Zip(Draw.Normal(parameter.Shape.Count, seed++, deviation: 0.3), (value, change) => value + change)]);
        return pool;
    }

    private static void Learn(string label, string word, double width)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var architecture = Architecture.Parse(string.Format(null, label, word));
        using Network network = Network.Create(Devices.Cpu, architecture, new NetworkOptions(Classes: 3, Width: width));
        network.Training = true;
        var images = new Shape(2, 64, 64, 3);
        Tensor logits = network.Call(Tensor.Leaf(Devices.Cpu.Upload(images, Draw.Normal(images.Count, 1), DType.Float32)));
        Assert.That(logits.Shape, Is.EqualTo(new Shape(2, 3)));
        logits.Backward(Devices.Cpu.Upload(logits.Shape, Draw.Normal(6, 3), DType.Float32));
        foreach ((string name, Parameter parameter) in network.Parameters)
            Assert.That(parameter.Gradient!.ToDoubles().All(double.IsFinite), name);
    }
}
