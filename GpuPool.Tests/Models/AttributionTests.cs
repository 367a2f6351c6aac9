using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Attribution;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models;

public sealed class AttributionTests
{
    private const int Channels = 4, Classes = 3;

    private static readonly string[] _weighted =
        ["lip", "nlp-p1", "nlp-p2-nowin", "nlp-p2-s2-is-average", "nlp-p2-s4", "nlp-p4-r025-nowin", "nlpnoexp", "nlpnosigmoid", "nlpnope", "nlpnobn1", "nlpnobn2"];

    [Test]
    public void Grad_CAM_of_two_channels_is_what_a_hand_computes()
    {
        // Pixels (1, 2), (3, 4), (5, 6), (7, 8); the means of the gradient are 0.5 and -0.25.
        var map = new ChannelMap(2, 2, 2, [1, 2, 3, 4, 5, 6, 7, 8]);
        var gradient = new ChannelMap(2, 2, 2, [1, -1, 0, 0, 1, 1, 0, -1]);
        Assert.That(ClassActivation.GradCam(map, gradient).Values, Is.EqualTo(new[] { 0.0, 0.5, 1, 1.5 }).Within(1e-15));
        var opposite = new ChannelMap(2, 2, 2, [-1, 0, -1, 0, -1, 0, -1, 0]);
        Assert.That(ClassActivation.GradCam(map, opposite).Values, Is.All.Zero, "what speaks against the class is left out");
    }

    [Test]
    public void Grad_CAM_plus_plus_weighs_positive_gradients_by_their_share()
    {
        // One pixel: a = g^2 / (2 g^2 + g^3 A) = 1 / (2 + g A), weight = a g.
        var map = new ChannelMap(1, 1, 2, [3, 5]);
        Assert.That(ClassActivation.GradCamPlusPlus(map, new ChannelMap(1, 1, 2, [2, -1])).Values[0], Is.EqualTo(3 * 2.0 / (2 + 2 * 3)).Within(1e-6));
    }

    [Test]
    public void Score_CAM_weighs_a_channel_by_the_logit_of_the_picture_that_it_masks()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using var network = Sequential.Of([new GlobalAveragePoolLayer()]);
        // The first channel keeps the right pixel alone, the second the left one; the logit is the mean of the picture.
        DeviceArray image = Devices.Cpu.Upload(new Shape(1, 1, 2, 1), [2.0, 6.0], DType.Float64);
        var map = new ChannelMap(1, 2, 2, [0, 1, 1, 0]);
        double right = 1 / (1 + Math.Exp(1.0 - 3));
        Assert.That(ClassActivation.ScoreCam(network, image, map, 0).Values, Is.EqualTo(new[] { 1 - right, right }).Within(1e-6));
    }

    [Test]
    public void Gradients_of_the_logit_by_weights_and_maps_are_those_of_finite_differences([Values("lip", "nlp", "nlpnoexp", "lip_original")] string word, [Values] bool normalise)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Module made = PoolingMethod.All.Single(method => method.Word == word).Create(new PoolingSite(Channels, 2, new SelfAttentiveOptions(Normalise: normalise)));
        var pool = (WeightedPool)made;
        Sequential head = Sequential.Of([new Conv2dLayer(3, Channels, new Window(3, 1, 1)), new BatchNormLayer(Channels, Activation.Relu)]);
        Sequential tail = Sequential.Of([new Conv2dLayer(Channels, 6, new Window(3, 1, 1)), new GlobalAveragePoolLayer(), new LinearLayer(6, Classes)]);
        using var network = Sequential.Of([head, pool, tail]);
        network.Allocate(Devices.Cpu, DType.Float64, seed: 3);
        DeviceArray image = Devices.Cpu.Upload(new Shape(1, 8, 8, 3), Draw.Normal(8 * 8 * 3, 5), DType.Float64);
        LayerPass pass = LayerPass.Run(network, image, [new MapLayer("pi", pool, true), new MapLayer("y", pool, false), new MapLayer("x", head, false)], _ => 2);
        Assert.That(network.Parameters.Select(entry => entry.Parameter), Is.All.Matches<Parameter>(parameter => parameter is { RequiresGradient: true, Gradient: null }));

        using IDisposable off = GradientMode.Off();
        Tensor x = head.Call(Tensor.Leaf(image)), weights = pool.Weights(pool.Logit.Call(x)), y = pool.Call(x);
        Check(weights, 0, moved => tail.Call(pool.Mean(x, moved)));
        Check(y, 1, tail.Call);
        Check(x, 2, moved => tail.Call(pool.Call(moved)));
        Assert.That(pool.Mean(x, weights).Value.ToDoubles(), Is.EqualTo(y.Value.ToDoubles()).Within(1e-12), "the pool in steps");

        void Check(Tensor at, int layer, Func<Tensor, Tensor> logits)
        {
            const double step = 1e-5;
            double[] values = at.Value.ToDoubles(), gradient = pass.Maps[layer].Gradient.Values;
            Assert.That(pass.Maps[layer].Map.Values, Is.EqualTo(values).Within(1e-12));
            foreach (int element in Enumerable.Range(0, 12).Select(sample => sample * values.Length / 12))
            {
                double Logit(double shift)
                {
                    double[] moved = [.. values];
                    moved[element] += shift;
                    return logits(Tensor.Leaf(Devices.Cpu.Upload(at.Shape, moved, DType.Float64))).Value.ToDoubles()[2];
                }
                double difference = (Logit(step) - Logit(-step)) / (2 * step);
                Assert.That(gradient[element], Is.EqualTo(difference).Within(1e-9 + 1e-6 * Math.Abs(difference)), $"layer {layer}, element {element}");
            }
        }
    }

    [Test]
    public void The_weights_of_a_pool_give_the_recorded_output_when_they_are_applied([ValueSource(nameof(_weighted))] string name)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Recorded recorded = Recorded.Open($"golden/pooling/{name}-eval.safetensors");
        using Module module = PoolingParityTests.Create(recorded, name);
        module.Allocate(Devices.Cpu, DType.Float64);
        Weights.Load(module, recorded.File, "state.");
        using IDisposable off = GradientMode.Off();
        var pool = (WeightedPool)module;
        Tensor x = Tensor.Leaf(recorded.Map("input", DType.Float64)), weights = pool.Weights(pool.Logit.Call(x));
        Assert.That(recorded.MapError(pool.Mean(x, weights).Value, "output"), Is.NoMoreThan(1e-9));
        if (pool is { Sigmoid: true, Exponential: true })
            Assert.That(weights.Value.ToDoubles(), Is.All.InRange(1.0, Math.E));
    }

    [Test]
    public void Rows_of_attention_are_what_the_op_multiplies_values_by()
    {
        const int tokens = 6, heads = 2, depth = 3;
        double[] projected = Draw.Normal(tokens * 3 * heads * depth, 4);
        var layer = new AttentionLayer("pool", heads, 2, 3, projected);
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] attended = Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, tokens, 3 * heads * depth), projected, DType.Float64)).Attention(heads).Value.ToDoubles();
        for (int head = 0; head < heads; head++)
        {
            for (int token = 0; token < tokens; token++)
            {
                double[] weights = layer.Row(head, token).Values;
                Assert.That(weights.Sum(), Is.EqualTo(1).Within(1e-12));
                for (int i = 0; i < depth; i++)
                {
                    int place = head * depth + i;
                    double sum = Enumerable.Range(0, tokens).Sum(key => weights[key] * projected[key * 3 * heads * depth + 2 * heads * depth + place]);
                    Assert.That(attended[token * heads * depth + place], Is.EqualTo(sum).Within(1e-12));
                }
            }
        }
    }

    [Test]
    public void Equal_weights_have_the_largest_entropy_and_the_mean_distance_of_all_tokens()
    {
        // Without queries all scores are 0. Two tokens side by side: half of the weight stays, half goes one token far.
        AttentionSpread spread = new AttentionLayer("pool", 1, 1, 2, new double[2 * 3]).Spread(0);
        Assert.That((spread.Entropy, spread.Distance, spread.UniformDistance), Is.EqualTo((1.0, 0.5, 0.5)));
    }

    [Test]
    public void A_blank_map_stays_zero_and_is_never_NaN()
    {
        foreach (double[] values in new[] { [0.0, 0, 0, 0], [2.0, 2, 2, 2], new[] { 1, double.NaN, 2, 3 } })
        {
            var map = new Heatmap(2, 2, values);
            Assert.That(map.IsBlank);
            Assert.That(map.Normalised().Resized(4, 4).Values, Is.All.Zero);
        }
        Assert.That(new Heatmap(1, 2, [1, 3]).Normalised().Values, Is.EqualTo(new[] { 0, 1 }).Within(1e-7));
    }

    [Test]
    public void A_map_is_enlarged_as_the_restoration_of_a_pool_is()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using IDisposable off = GradientMode.Off();
        double[] values = Draw.Normal(3 * 5, 1);
        double[] enlarged = Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, 3, 5, 1), values, DType.Float64)).Upsample(7, 8, Interpolation.Bilinear).Value.ToDoubles();
        Assert.That(new Heatmap(3, 5, values).Resized(7, 8).Values, Is.EqualTo(enlarged).Within(1e-12));
    }

    [TestCase("mobilenet_v2-nlp_headfix2-1222121", "net.features.1.0.pooling.logit.pool_weight", 4)]
    [TestCase("resnet18-lip-1222", "net.layer2.pool.logit.pool_weight", 3)]
    [TestCase("mobilenet_v2-gaussian_pool-1222121", "net.features.1.0.pooling", 4)]
    [TestCase("mobilenet_v2-rnnpool-1222121", "net.features.1.0.pooling", 4)]
    [TestCase("densenet121-lip-1222", null, 3)]
    [TestCase("vgg16_bn-maxp-22222", null, 5)]
    [TestCase("mobilenet_v2-skip-1222121", "net.conv2", 1)]
    public void The_layers_of_a_network_are_its_pools_or_its_last_map(string label, string? first, int count)
    {
        var network = new Network(Architecture.Parse(label), new NetworkOptions(Classes, 0.1 is var width && label.StartsWith("mobilenet", StringComparison.Ordinal) ? width : 1));
        IReadOnlyList<MapLayer> layers = MapLayer.Defaults(network);
        Assert.That(layers, Has.Count.EqualTo(count), string.Join(", ", layers.Select(layer => layer.Name)));
        if (first is not null)
            Assert.That(layers[0].Name, Is.EqualTo(first));
        Assert.That(MapLayer.All(network).Select(layer => layer.Name), Is.Unique);
        foreach (MapLayer layer in MapLayer.All(network))
            Assert.That(layer.MapShape(network, new Shape(1, 64, 64, 3)).Rank, Is.EqualTo(4), layer.Name);
    }

    [Test]
    public void An_intermediate_that_retains_its_gradient_has_it_and_others_do_not()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(new Shape(2), [1.0, 2.0], DType.Float64), requiresGradient: true);
        Tensor twice = x.Scale(2), square = twice.Multiply(twice), sum = square.Sum();
        twice.RetainGradient();
        sum.Backward();
        Assert.That(twice.Gradient!.ToDoubles(), Is.EqualTo(new[] { 4.0, 8.0 }));
        Assert.That(square.Gradient, Is.Null);
        Assert.That(x.Gradient!.ToDoubles(), Is.EqualTo(new[] { 8.0, 16.0 }));
        twice.Gradient.Dispose();
        x.Gradient.Dispose();
        Assert.That(() => Tensor.Leaf(x.Value).RetainGradient(), Throws.InvalidOperationException);
    }
}
