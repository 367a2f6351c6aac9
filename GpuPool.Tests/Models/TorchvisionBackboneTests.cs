using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Backbones;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Models;

/// <summary>VGG16 with batch norm, DenseNet121 and Inception v3, which are torchvision's where their pools are their own.</summary>
public sealed class TorchvisionBackboneTests
{
    // Word, label of the original without its strides, strides, an image that is large enough.
    private static readonly (string Word, string Own, string Strides, int Size)[] _networks =
        [("vgg16_bn", "maxp", "22222", 32), ("densenet121", "avgp", "1222", 32), ("inception_v3", "maxp", "2222", 75)];

    private static IEnumerable<TestCaseData> Originals => _networks.Select(network =>
        new TestCaseData(network.Word, $"{network.Word}-{network.Own}-{network.Strides}").SetArgDisplayNames(network.Word));

    private static IEnumerable<TestCaseData> Methods =>
        from network in _networks
        from method in PoolingMethod.All
        select new TestCaseData($"{network.Word}-{method.Word}-{network.Strides}");

    private static readonly string[] _words = [.. PoolingMethod.All.Select(method => method.Word)];

    private static IEnumerable<TestCaseData> Steps =>
        from network in _networks
        from pooling in new[] { "skip", "maxp", "nlp_headfix2_reduced" }
        from sides in network.Word == "inception_v3" && pooling != "skip" ? new[] { "", "333333333" } : [""]
        select new TestCaseData($"{network.Word}-{pooling}-{network.Strides}{sides}", network.Size);

    [TestCaseSource(nameof(Originals))]
    public void Tensors_have_the_names_and_shapes_of_torchvision(string word, string label)
    {
        using var reader = new StreamReader(typeof(TorchvisionBackboneTests).Assembly.GetManifestResourceStream($"{word}.txt")!);
        string[] expected = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(
            new Network(Architecture.Parse(label), new NetworkOptions()).States
                .Select(entry => $"{entry.Name["net.".Length..]} {string.Join('x', entry.State.Layout.ToPyTorch(entry.State.Shape).Extents.ToArray())}"),
            Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(Methods))]
    public void Every_pool_is_replaced_by_every_method(string label)
    {
        var architecture = Architecture.Parse(label);
        var network = new Network(architecture, new NetworkOptions(3, 0.1));
        int size = _networks.Single(entry => entry.Word == architecture.Family.Words[0].Word).Size;
        Assert.That(network.Infer(new Shape(2, 2 * size, 2 * size, 3)), Is.EqualTo(new Shape(2, 3)));
        int places = architecture.Strides.Count(stride => stride > 1), own = network.Modules.Count(entry => entry.Module is MaxPool);
        Assert.That(network.Modules.Count(entry => entry.Module is WeightedPool), Is.EqualTo(IsWeighted(architecture.Pooling.Method.Word) ? places : 0));
        // The stem of DenseNet keeps its own.
        Assert.That(own, Is.EqualTo((architecture.Pooling.Method.Word == "maxp" ? places : 0) + (architecture.Family == DenseNet121.Family ? 1 : 0)));
    }

    [Test]
    public void Every_mean_of_step_one_in_Inception_is_replaced_by_every_method_with_padding([ValueSource(nameof(_words))] string word)
    {
        string label = $"inception_v3-{word}-2222{new string('3', 9)}";
        if (word == "rnnpool")
        {
            Assert.That(() => Architecture.Parse(label), Throws.TypeOf<ArchitectureException>().With.Message.Contains("the map would lose its border"));
            return;
        }
        var architecture = Architecture.Parse(label);
        var network = new Network(architecture, new NetworkOptions(3, 0.1));
        Assert.That(network.Infer(new Shape(2, 150, 150, 3)), Is.EqualTo(new Shape(2, 3)));
        Assert.That(network.Modules.Count(entry => entry.Module is AveragePool), Is.EqualTo(word == "avgp" ? 13 : 0));
        Assert.That(network.Modules.Count(entry => entry.Module is MaxPool), Is.EqualTo(word == "maxp" ? 13 : 0));
        Assert.That(network.Modules.Count(entry => entry.Module is WeightedPool), Is.EqualTo(IsWeighted(word) ? 13 : 0));
    }

    [Test]
    public void A_mean_is_replaced_where_its_digit_is_three([Range(0, 8)] int mean)
    {
        string[] blocks = ["Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e", "Mixed_7b", "Mixed_7c"];
        var architecture = Architecture.Parse($"inception_v3-maxp-2222{new string('1', mean)}3{new string('1', 8 - mean)}");
        var network = new Network(architecture, new NetworkOptions(3, 0.1));
        Assert.That(network.Modules.Where(entry => entry.Name.EndsWith(".mean", StringComparison.Ordinal) && entry.Module is MaxPool).Select(entry => entry.Name),
            Is.EqualTo(new[] { $"net.{blocks[mean]}.mean" }));
        Assert.That(network.Modules.Count(entry => entry.Module is AveragePool), Is.EqualTo(8));
    }

    [Test]
    public void Means_by_the_method_avgp_are_those_that_Inception_has()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        float[][] logits = [.. new[] { "", "333333333" }.Select(sides =>
        {
            Network network = Network.Create(Devices.Cpu, Architecture.Parse($"inception_v3-avgp-2222{sides}"), new NetworkOptions(3, 0.05));
            return network.Call(Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, 75, 75, 3), Draw.Normal(75 * 75 * 3, 1), DType.Float32))).Value.ToFloats();
        })];
        Assert.That(logits[1], Is.EqualTo(logits[0]));
    }

    [TestCase("densenet121-lip-2222", 4, 1)]
    [TestCase("prepool-lip-2-densenet121-lip-1222", 4, 0)]
    [TestCase("prepool-lip-2-inception_v3-lip-2222", 5, 0)]
    public void A_first_stride_adds_a_pool_and_a_prepool_takes_the_place_of_the_stems(string label, int pools, int own)
    {
        var network = new Network(Architecture.Parse(label), new NetworkOptions(3, 0.1));
        Assert.That(network.Modules.Count(entry => entry.Module is WeightedPool), Is.EqualTo(pools));
        Assert.That(network.Modules.Count(entry => entry.Module is MaxPool), Is.EqualTo(own));
        Assert.That(network.Infer(new Shape(1, 160, 160, 3)), Is.EqualTo(new Shape(1, 3)));
    }

    [Test]
    public void Inception_takes_every_stride_and_extent(
        [Values("skip", "maxp", "nlp")] string pooling, [Values("1222", "2122", "2212", "2221", "4222", "2244", "2332")] string strides)
    {
        var network = new Network(Architecture.Parse($"inception_v3-{pooling}-{strides}"), new NetworkOptions(3, 0.05));
        for (int size = 250; size < 258; size++)
            Assert.That(network.Infer(new Shape(1, size, size, 3)), Is.EqualTo(new Shape(1, 3)), $"{size}");
    }

    [TestCaseSource(nameof(Steps))]
    public void A_narrow_network_is_evaluated_and_trained(string label, int size) => Step(label, size, width: 0.05, batch: 3);

    [TestCaseSource(nameof(Steps)), Category("Nightly")]
    public void A_network_is_evaluated_and_trained(string label, int size) => Step(label, size, width: 1, batch: 2);

    // (65 + 2 3 - 7) / 2 + 1 = 33 pixels behind the first convolution: a window of side 3 with a margin of 1 gives 17, one of side 2 without gives 16.
    [TestCase("resnet18", 16)]
    [TestCase("resnet18_original", 17)]
    public void The_stem_of_ResNet18_is_the_released_or_the_original_one(string word, int rows)
    {
        using var network = new Network(Architecture.Parse($"{word}-skip-1111"), new NetworkOptions());
        Assert.That(network.Backbone.Infer(new Shape(1, 65, 65, 3)), Is.EqualTo(new Shape(1, rows, rows, 512)));
    }

    [Test]
    public void Weights_of_torchvision_are_loaded_without_the_auxiliary_classifier()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Network network = Create(0), other = Create(1);
        SafetensorsTensor[] tensors =
        [
            .. from entry in network.States
               let state = entry.State
               let layout = state.Layout
               select new SafetensorsTensor(
                   entry.Name["net.".Length..], layout.ToPyTorch(state.Shape), layout.ToPyTorch(state.Shape, state.Value.Value.ToFloats())),
            new SafetensorsTensor("Conv2d_1a_3x3.bn.num_batches_tracked", Shape.Scalar, [0L]),
            new SafetensorsTensor("AuxLogits.fc.bias", new Shape(3), new float[3]),
        ];
        string path = Path.GetTempFileName();
        try
        {
            SafetensorsFile.Write(path, tensors);
            Weights.LoadTorchvision(other, SafetensorsFile.Read(path));
            Assert.That(other.States.Select(entry => entry.State.Value.Value.ToFloats()), Is.EqualTo(network.States.Select(entry => entry.State.Value.Value.ToFloats())));
            SafetensorsFile.Write(path, tensors[1..]);
            Assert.That(() => Weights.LoadTorchvision(other, SafetensorsFile.Read(path)),
                Throws.TypeOf<WeightsException>().With.Message.EndsWith("1 missing, first 'Conv2d_1a_3x3.conv.weight'"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void A_linear_layer_over_a_map_takes_the_weight_that_PyTorch_has_behind_a_flattened_map()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        LinearLayer layer = LinearLayer.OverMap(2, 3, 4, 5);
        layer.Allocate(Devices.Cpu, DType.Float64);
        Shape map = new(2, 2, 3, 4);
        double[] x = Draw.Normal(map.Count, 1), weight = Draw.Normal(5 * 24, 2), flattened = TensorLayout.Map.ToPyTorch(map, x);
        layer.Weight.Value.Value.CopyFrom(TensorLayout.MapLinear.FromPyTorch(layer.Weight.Shape, weight));
        double[] bias = layer.Bias.Value.Value.ToDoubles();
        double[] expected =
        [
            .. from image in Enumerable.Range(0, 2)
               from output in Enumerable.Range(0, 5)
               select bias[output] + Enumerable.Range(0, 24).Sum(input => weight[output * 24 + input] * flattened[image * 24 + input]),
        ];
        Assert.That(layer.Call(Tensor.Leaf(Devices.Cpu.Upload(map, x, DType.Float64))).Value.ToDoubles(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(() => layer.Infer(new Shape(1, 3, 2, 4)), Throws.TypeOf<ShapeException>().With.Message.Contains("(N, 2, 3, 4)"));
    }

    [TestCase("vgg16_bn-nlp-22222", "net.features.3.weight", 9 * 8, 2)]
    [TestCase("densenet121-nlp-1222", "net.features.denseblock1.denselayer2.conv1.weight", 16, 2)]
    [TestCase("inception_v3-nlp-2222", "net.Mixed_7c.branch3x3_2b.conv.weight", 1, 0.01)]
    public void Convolutions_start_as_in_torchvision(string label, string name, int fan, double variance)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Network network = Network.Create(Devices.Cpu, Architecture.Parse(label), new NetworkOptions(3, 0.05));
        double[] values = network.Parameters.Single(entry => entry.Name == name).Parameter.Value.ToDoubles();
        Assert.That(values.Average(value => value * value) * fan / variance, Is.EqualTo(1).Within(5 * Math.Sqrt(2.0 / values.Length)));
    }

    private static bool IsWeighted(string word) => word.StartsWith("nlp", StringComparison.Ordinal) || word.StartsWith("lip", StringComparison.Ordinal);

    private static Network Create(ulong seed) =>
        Network.Create(Devices.Cpu, Architecture.Parse("inception_v3-maxp-2222"), new NetworkOptions(3, 0.05, seed));

    private static void Step(string label, int size, double width, int batch)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Network network = Network.Create(Devices.Cpu, Architecture.Parse(label), new NetworkOptions(Width: width));
        Tensor images = Tensor.Leaf(Devices.Cpu.Upload(new Shape(batch, size, size, 3), Draw.Normal(batch * size * size * 3, 1), DType.Float32));
        using (GradientMode.Off())
            Assert.That(network.Call(images).Value.ToDoubles(), Has.Length.EqualTo(10 * batch).And.All.Matches<double>(double.IsFinite));
        using var optimiser = new Sgd(network.Parameters, 0.01);
        network.Training = true;
        DeviceArray labels = Devices.Cpu.Upload(new Shape(batch), [.. Enumerable.Range(0, batch).Select(label => (float)label)]);
        Tensor loss = network.Call(images).SoftmaxCrossEntropy(Tensor.Leaf(labels));
        loss.Backward();
        foreach ((string name, Parameter parameter) in network.Parameters)
        {
            Assert.That(parameter.Gradient, Is.Not.Null, name);
            Assert.That(parameter.Gradient!.ToDoubles(), Is.All.Matches<double>(double.IsFinite), name);
        }
        optimiser.Step();
        Assert.That(loss.Item(), Is.InRange(0.01, 100));
    }
}
