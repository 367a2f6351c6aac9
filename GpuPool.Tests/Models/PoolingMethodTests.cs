using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models;

/// <summary>What every pooling method that learns is held to in each place of a network.</summary>
public sealed class PoolingMethodTests
{
    /// <summary>Methods whose outputs are weighted means of their windows.</summary>
    private static readonly string[] _means = ["dpp", "dpp_asymmetric", "dpp_full", "dpp_full_asymmetric"];

    private static readonly string[] _words = [.. _means, "rnnpool"];

    // Odd extents, a remainder, channels that are a multiple of nothing; extents and step of 2 and 4.
    private static readonly (Shape Map, int Stride)[] _places = [(new(2, 5, 6, 4), 2), (new(1, 4, 2, 6), 2), (new(3, 7, 9, 3), 4)];

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
        var small = new Shape(map[0], map[1] / stride, map[2] / stride, map.Channels);
        Assert.That(pool.Measure(map, new CostBook(pool, DType.Float64)), Is.EqualTo(small));
        Assert.That(ModuleCheck.Run(pool, map, Draw.Normal(map.Count, 1)), Has.Length.EqualTo(small.Count));
    }

    [Test]
    public void Means_lie_within_their_window_and_pass_a_constant_map_unchanged([ValueSource(nameof(_means))] string word)
    {
        var map = new Shape(2, 6, 8, 5);
        double[] x = Draw.Normal(map.Count, 2);
        using Module pool = Create(word, map.Channels, 2);
        double[] y = ModuleCheck.Run(pool, map, x), high = ModuleCheck.Run(new MaxPool(2), map, x), low = ModuleCheck.Run(new MaxPool(2), map, [.. x.Select(value => -value)]);
        for (int index = 0; index < y.Length; index++)
            Assert.That(y[index], Is.InRange(-low[index], high[index]));
        if (!word.Contains("full", StringComparison.Ordinal))
            Assert.That(ModuleCheck.Run(pool, map, [.. Enumerable.Repeat(-1.5, map.Count)]), Is.All.EqualTo(-1.5).Within(1e-14));
    }

    // Both backbones, both placements, and the prepool.
    [Test]
    public void Networks_of_the_method_learn(
        [ValueSource(nameof(_words))] string word,
        [Values("mobilenet_v2-{0}-2222121", "mobilenet-{0}-1222121", "resnet18-{0}-1222", "resnet18_v2-{0}-2222", "prepool-{0}-4-resnet18-{0}-1222", "prepool-{0}-2-mobilenet_v2-{0}-1222121")] string label)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var architecture = Architecture.Parse(string.Format(null, label, word));
        bool wide = label.Contains("resnet", StringComparison.Ordinal);
        using Network network = Network.Create(Devices.Cpu, architecture, new NetworkOptions(Classes: 3, Width: wide ? 1 : 0.1));
        network.Training = true;
        var images = new Shape(2, 64, 64, 3);
        Tensor logits = network.Call(Tensor.Leaf(Devices.Cpu.Upload(images, Draw.Normal(images.Count, 1), DType.Float32)));
        logits.Backward(Devices.Cpu.Upload(logits.Shape, Draw.Normal(6, 3), DType.Float32));
        foreach ((string name, Parameter parameter) in network.Parameters)
            Assert.That(parameter.Gradient!.ToDoubles().All(double.IsFinite), name);
    }

    private static Module Create(string word, int channels, int stride)
    {
        var site = new PoolingSite(channels, stride, new SelfAttentiveOptions());
        Module pool = PoolingMethod.All.Single(method => method.Word == word).Create(site);
        pool.Allocate(Devices.Cpu, DType.Float64, 5);
        return pool;
    }
}
