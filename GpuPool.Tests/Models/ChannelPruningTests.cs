using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pruning;

namespace GpuPool.Tests.Models;

public sealed class ChannelPruningTests
{
    private const int Size = 64;

    [TestCase("mobilenet_v2-skip-1222121", 1.0, new[] { 32, 16 })]
    [TestCase("mobilenet_v2-nlp_headfix2-1222121", 0.35, new[] { 16, 8 })]
    [TestCase("mobilenet-nlp_headfix2-1222121", 1.0, new[] { 32, 16 })]
    [TestCase("mobilenet-nlp_headfix2-1222121", 0.35, new[] { 16 }, Description = "stage 2 adds to the other map")]
    [TestCase("mobilenet-rnnpool-1222121", 1.0, new[] { 32 }, Description = "the pool does not say how it uses its channels")]
    [TestCase("resnet18-nlp_headfix2-1222", 1.0, new[] { 64, 64, 64 })]
    [TestCase("resnet18_v2-lip-2222", 1.0, new[] { 64, 64, 64, 64 }, Description = "a shortcut parts stem and trunk")]
    [TestCase("vgg16_bn-lip-22222", 1.0, new[] { 64, 64 })]
    [TestCase("densenet121-avgp-1222", 1.0, new[] { 128, 128, 128, 128, 128, 128 }, Description = "what is joined keeps its channels")]
    [TestCase("inception_v3-maxp-2222", 1.0, new[] { 32, 32, 64 })]
    [TestCase("prepool-maxp-9-resnet18-maxp-4222", 1.0, new[] { 64, 64, 64 }, Description = "an image of 224 pixels is too small for these strides")]
    [TestCase("prepool-maxp-9-inception_v3-maxp-2222", 1.0, new[] { 32, 32, 64 }, Description = "an image of two strides is too small without padding")]
    public void The_maps_of_the_first_stage_follow_from_the_network(string label, double width, int[] channels)
    {
        var network = new Network(Architecture.Parse(label), new NetworkOptions(Width: width));
        Assert.That(FirstStage.Groups(network).Select(group => group.Channels), Is.EqualTo(channels));
        Assert.That(FirstStage.Channels(network, 0.5), Is.EqualTo(channels.Select(count => count / 2)));
    }

    [TestCase("mobilenet_v2-skip-1222121", 1.0)]
    [TestCase("mobilenet_v2-nlp_headfix2-2222121", 1.0)]
    [TestCase("mobilenet_v2-nlp_headfix2-1222121", 0.35)]
    [TestCase("mobilenet_v2-gaussian_pool-2222121", 0.35)]
    [TestCase("mobilenet-lip-1222121", 1.0)]
    [TestCase("mobilenet-nlp_headfix2_reduced-2222121", 0.35)]
    [TestCase("mobilenet-nlp_headfix2-1222121", 1.0)]
    [TestCase("resnet18-skip-1222", 1.0)]
    [TestCase("resnet18-nlp_headfix2-2222", 1.0)]
    [TestCase("resnet18_v2-lip-2222", 1.0)]
    [TestCase("resnet18_v2-nlp_headfix2-1222", 1.0)]
    [TestCase("vgg16_bn-nlp_headfix2-22222", 0.1)]
    [TestCase("densenet121-lip-1222", 0.1)]
    public void A_masked_network_equals_the_one_without_the_channels(string label, double width)
    {
        foreach ((DType type, double tolerance) in new[] { (DType.Float64, 1e-12), (DType.Float32, 1e-5) })
        {
            using ArrayScope scope = Devices.Cpu.OpenScope();
            using Network network = Network.Create(Devices.Cpu, Architecture.Parse(label), new NetworkOptions(3, width, DType: type));
            using var optimiser = new Sgd(network.Parameters, 0.01);
            using var pruning = new ChannelPruning(network, optimiser, 0.5);
            Train(network, optimiser, pruning, steps: 1);
            pruning.Update(0);
            Train(network, optimiser, pruning, steps: 2);
            network.Training = false;
            using Network compact = CompactNetwork.Of(network);
            Assert.That(compact.Options.Channels, Is.EqualTo(FirstStage.Channels(network, 0.5)));
            double[] masked = Logits(network), removed = Logits(compact);
            Assert.That(OpCheck.RelativeError(removed, masked), Is.NoMoreThan(tolerance));
            Assert.That(masked.Max(Math.Abs), Is.GreaterThan(0));
            var shape = new Shape(1, Size, Size, Network.ImageChannels);
            Assert.That(Cost.Of(compact, shape).Parameters, Is.Below(Cost.Of(network, shape).Parameters));
            Assert.That(Cost.Of(compact, shape).MultiplyAdds, Is.Below(Cost.Of(network, shape).MultiplyAdds));
        }
    }

    [TestCase("mobilenet_v2-nlp_headfix2-1222121", 0.35)]
    [TestCase("resnet18-skip-1222", 1.0)]
    public void All_that_reads_a_masked_channel_is_zero_and_all_that_makes_it_stands_still(string label, double width)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Network network = Network.Create(Devices.Cpu, Architecture.Parse(label), new NetworkOptions(3, width));
        using var optimiser = new Sgd(network.Parameters, 0.01, momentum: 0.9);
        using var pruning = new ChannelPruning(network, optimiser, 0.5);
        pruning.Update(0);
        IReadOnlyList<ChannelGroup> groups = FirstStage.Groups(network);
        IReadOnlyList<bool[]> kept = FirstStage.Kept(network);
        double[][] Made() => [.. groups.Zip(kept, (group, channels) => group.Producers.SelectMany(axis => axis.State.Value.Value.ToDoubles()
            .Where((_, element) => !channels[axis.ChannelOf(element)])).ToArray())];
        double[][] before = Made();
        Train(network, optimiser, pruning, steps: 12);
        Assert.That(FirstStage.Kept(network), Is.EqualTo(kept));
        Assert.That(kept.Select(channels => channels.Count(isKept => isKept)), Is.EqualTo(groups.Select(group => group.Channels / 2)));
        for (int index = 0; index < groups.Count; index++)
        {
            foreach (ChannelAxis consumer in groups[index].Consumers)
                Assert.That(consumer.Norms(consumer.State.Value.Value).Select(norm => norm > 0), Is.EqualTo(kept[index]), "whole channels, the same everywhere");
        }
        Assert.That(Made(), Is.EqualTo(before));
    }

    [Test]
    public void The_strongest_stay_and_those_of_the_largest_momentum_come_back()
    {
        bool[] all = [true, true, true, true, true, true, true, true];
        double[] weights = [1, 8, 2, 7, 3, 6, 4, 5], momenta = [9, 0, 1, 0, 2, 0, 3, 0];
        bool[] first = ChannelPruning.Next(all, weights, momenta, 0.5, 0);
        Assert.That(first, Is.EqualTo(new[] { false, true, false, true, false, true, false, true }));
        Assert.That(ChannelPruning.Next(first, weights, momenta, 0.5, 0.25), Is.EqualTo(new[] { true, true, false, true, false, true, false, false }));
        Assert.That(ChannelPruning.Next(first, weights, momenta, 0.5, 0.5), Is.EqualTo(new[] { true, true, false, true, false, false, true, false }));
        Assert.That(ChannelPruning.Next(first, weights, momenta, 0.5, 0), Is.EqualTo(first));
    }

    [Test]
    public void Equal_norms_go_by_channel() => Assert.That(
        ChannelPruning.Next([true, true, true, true], new double[4], new double[4], 0.5, 0), Is.EqualTo(new[] { true, true, false, false }));

    [Test]
    public void Every_update_keeps_the_density_and_the_strongest_channel(
        [Values(1, 3, 8, 16, 17)] int channels, [Values(0.01, 0.1, 0.5, 0.9)] double density, [Values(0, 0.1, 0.5, 1)] double rate)
    {
        bool[] kept = [.. Enumerable.Repeat(true, channels)];
        for (int update = 0; update < 5; update++)
        {
            double[] weights = Array.ConvertAll(Draw.Normal(channels, update), Math.Abs), momenta = Array.ConvertAll(Draw.Normal(channels, update + 9), Math.Abs);
            int strongest = Enumerable.Range(0, channels).Where(channel => kept[channel]).MaxBy(channel => weights[channel]);
            kept = ChannelPruning.Next(kept, weights, momenta, density, rate);
            Assert.That(kept[strongest]);
            Assert.That(kept.Count(isKept => isKept), Is.EqualTo(density * channels).Within(0.5).Or.EqualTo(1));
        }
    }

    [Test]
    public void Channels_that_do_not_fit_are_refused() => Assert.That(
        () => new Network(Architecture.Parse("mobilenet_v2-skip-1222121"), new NetworkOptions(Channels: [33, 8])),
        Throws.TypeOf<ArchitectureException>().With.Message.EqualTo(
            "the first stage of mobilenet_v2-skip-1222121 has maps of at most (32, 16) channels, and cannot have (33, 8)"));

    private static void Train(Network network, Sgd optimiser, ChannelPruning pruning, int steps)
    {
        network.Training = true;
        for (int step = 0; step < steps; step++)
        {
            using ArrayScope scope = Devices.Cpu.OpenScope();
            Tensor loss = network.Call(Images(network, 4, step)).SoftmaxCrossEntropy(Tensor.Leaf(Devices.Cpu.Upload(new Shape(4), [0f, 1, 2, 1], network.Options.DType)));
            loss.Backward();
            optimiser.Step();
            pruning.Apply();
        }
    }

    private static double[] Logits(Network network)
    {
        using IDisposable off = GradientMode.Off();
        return network.Call(Images(network, 2, 99)).Value.ToDoubles();
    }

    private static Tensor Images(Network network, int count, int seed) => Tensor.Leaf(Devices.Cpu.Upload(
        new Shape(count, Size, Size, Network.ImageChannels), Draw.Normal(count * Size * Size * Network.ImageChannels, seed), network.Options.DType));
}
