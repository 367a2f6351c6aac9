using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Export;
using GpuPool.Models.Pooling;
using GpuPool.Tests.Experiments;
using Microsoft.ML.OnnxRuntime;

namespace GpuPool.Tests.Models.Export;

/// <summary>Single ops, where ONNX or its runtime have traps.</summary>
public sealed class OnnxRuleTests
{
    // Losses and noise, and ops of boxes, whose number depends on the values of the image.
    private static readonly Type[] _withoutRule = [typeof(SoftmaxCrossEntropy), typeof(CrossEntropy), typeof(ElementLoss), typeof(Dropout), typeof(RoiAlign), typeof(Gather)];

    private static readonly TestCaseData[] _ops =
    [
        Case("max pool with padding over negative values", x => x.Relu().Scale(-1).Subtract(x.Sigmoid()).MaxPool2d(new Window(3, 2, 1)), 7, 9),
        Case("max pool with a window for the remainder", x => x.MaxPool2d(new Window(3, 2) { Ceil = true }), 8, 10),
        Case("max pool of a map smaller than the window, with padding", x => x.MaxPool2d(new Window(3, 2, 1)), 2, 1),
        Case("average pool with padding that counts", x => x.AveragePool2d(new Window(3, 2, 1)), 7, 9),
        Case("average pool with padding that does not count", x => x.AveragePool2d(new Window(3, 2, 1), countsPadding: false), 8, 6),
        Case("average pool with a window for the remainder", x => x.AveragePool2d(new Window(3, 2, 1) { Ceil = true }), 8, 10),
        Case("average pool with a window for the remainder, padding not counted", x => x.AveragePool2d(new Window(3, 3, 1) { Ceil = true }, countsPadding: false), 8, 11),
        Case("average pool of rectangles", x => x.AveragePool2d(new Window((1, 3), (2, 1), (0, 1))), 5, 6),
        Case("adaptive average of equal windows", x => x.AdaptiveAveragePool2d(2, 3), 6, 9),
        Case("adaptive average of overlapping windows", x => x.AdaptiveAveragePool2d(7, 3), 5, 8),
        Case("nearest by whole multiples", x => x.Upsample(21, 16, Interpolation.Nearest), 7, 8),
        Case("nearest to a smaller map, where single precision misses", x => x.Upsample(2, 2, Interpolation.Nearest), 14, 14),
        Case("nearest to a larger map, where single precision misses", x => x.Upsample(31, 82, Interpolation.Nearest), 7, 2),
        Case("bilinear to a larger map", x => x.Upsample(31, 13, Interpolation.Bilinear), 7, 5),
        Case("bilinear to a smaller map", x => x.Upsample(1, 3, Interpolation.Bilinear), 4, 7),
        Case("instance norm", x => x.InstanceNorm(Fill(x, 3), Fill(x, 3, 0.5)), 5, 4),
        Case("dilation and rectangles", x => x.Conv2d(Fill(x, 3 * 2 * 3 * 4, 0.1, 3, 2, 3, 4), Fill(x, 4), new Window((3, 2), (1, 2), (2, 0)) { Dilation = new(2, 1) }), 9, 8),
        Case("leaky relu, exp, log, softplus, tanh", x => x.LeakyRelu().Add(x.Exp().Add(x.Softplus().Log()).Tanh()), 3, 3),
        Case("transpose, slice, concat, sum", x => x.Transpose(1, -1).Slice(2, 1, 2).Concat(-1, x.Transpose(1, -1).Slice(2, 0, 1).Transpose(2, 0).Transpose(0, 2).Broadcast(new Shape(x.Shape[0], 3, 1, 5)).Concat(2, x.Transpose(3, 1).Slice(2, 0, 1))).Sum(1, 3), 5, 6),
        Case("quotient", x => x.Divide(x.Exp().Sum(1, 2, 3).Broadcast(x.Shape)), 4, 3),
        Case("power mean of overlapping windows with padding, and of nothing but zeros", x => x.Relu().LpPool2d(Fill(x, 3, 1.5), new Window(3, 2, 1)), 6, 7),
        Case("power mean of large values", x => x.Scale(1e20).LpPool2d(Fill(x, 3, 4), new Window(2, 2)), 6, 7),
        Case("details with padding", x => x.DetailPreservingPool2d(x.AveragePool2d(new Window(3, 1, 1), countsPadding: false), Fill(x, 3, -1), Fill(x, 3, 0.3), new Window(3, 1, 1)), 5, 4),
        Case("deviations of large values", x => x.Add(Fill(x, x.Shape.Count, 1000, [.. x.Shape.Extents])).GaussianPool2d(new GaussianPool2d(new Window(2, 2)), x.Sum(1, 2).Scale(0.1)).Subtract(Fill(x, x.Shape.Count / 4, 1000, x.Shape[0], x.Shape[1] / 2, x.Shape[2] / 2, 3)), 4, 6),
    ];

    [TestCaseSource(nameof(_ops))]
    public void An_op_computes_the_same(Func<Tensor, Tensor> op, int height, int width)
    {
        using var module = new OneOp(op);
        module.Allocate(Devices.Cpu);
        Assert.That(OnnxCheck.Difference(module, Export(module), height, width), Is.Below(OnnxCheck.Tolerance));
    }

    [Test]
    public void Every_op_has_a_rule_but_losses_noise_and_boxes()
    {
        IEnumerable<Type> ops = typeof(Op).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Op)) && !type.IsAbstract);
        Assert.That(OnnxRules.All.Keys.Concat(_withoutRule), Is.EquivalentTo(ops));
    }

    [Test]
    public void Every_op_that_a_network_uses_has_a_rule([ValueSource(typeof(PoolingMethod), nameof(PoolingMethod.All))] PoolingMethod method)
    {
        using var network = new Network(Architecture.Parse($"resnet18-{method.Word}-1222"), new NetworkOptions());
        Assert.That(ModuleTrace.Of(network, new Shape(1, 64, 64, 3)).Ops.Select(op => op.Op.GetType()).Distinct(), Is.SubsetOf(OnnxRules.All.Keys));
    }

    [Test]
    public void Maps_stay_channels_first_from_the_image_to_the_last_of_them()
    {
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-lip-1222121"), new NetworkOptions(2, 0.1));
        Assert.That(Nodes(network).Select(node => node.Type), Has.None.EqualTo("Transpose"));
    }

    [Test]
    public void A_folded_network_has_no_batch_norm()
    {
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121"), new NetworkOptions(2, 0.1));
        Assert.That(Nodes(network).Count(node => node.Type == "BatchNormalization"), Is.GreaterThan(0));
        // That behind the restoration of a map with larger patches follows an up-sampling; here there is none.
        Assert.That(Nodes(network, folds: true).Select(node => node.Type), Has.None.EqualTo("BatchNormalization"));
    }

    [Test]
    public void Attention_is_one_operator_with_its_scale_where_the_opset_has_it()
    {
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121"), new NetworkOptions(2, 0.1));
        Assert.That(Nodes(network).Select(node => node.Type), Has.None.EqualTo("Attention"));
        OnnxNode[] attentions = [.. Nodes(network, opset: 23).Where(node => node.Type == "Attention")];
        Assert.That(attentions, Has.Length.GreaterThan(0));
        Assert.That(attentions.SelectMany(node => node.Attributes).Where(attribute => attribute.Name == "scale").Select(attribute => (float)attribute.Value), Has.Exactly(attentions.Length).GreaterThan(0));
    }

    [Test]
    public void Bilinear_says_that_pixels_have_their_centres_at_halves()
    {
        using var module = new OneOp(x => x.Upsample(4, 4, Interpolation.Bilinear));
        module.Allocate(Devices.Cpu);
        OnnxNode resize = Nodes(module).Single(node => node.Type == "Resize");
        Assert.That(resize.Attributes, Does.Contain(("coordinate_transformation_mode", (object)"half_pixel")));
    }

    [Test]
    public void Padding_of_a_pool_is_its_own()
    {
        using var module = new OneOp(x => x.MaxPool2d(new Window(3, 2, 1)));
        module.Allocate(Devices.Cpu);
        Assert.That(Nodes(module).Select(node => node.Type), Is.EqualTo(new[] { "MaxPool" }));
    }

    [Test]
    public void A_map_smaller_than_the_window_of_a_pool_is_refused_with_the_layer_before_it()
    {
        using var folder = new TemporaryFolder();
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-maxp-1222121"), new NetworkOptions(2, 0.1));
        OnnxException refusal = Assert.Throws<OnnxException>(() => network.ExportOnnx(folder["a.onnx"], 8, 8))!;
        Assert.That(refusal.Message, Does.StartWith("behind 'net.").And.Contains("MaxPool2d: x must be (N, H, W, C) with H, W >= 2"));
        Assert.That(folder["a.onnx"], Does.Not.Exist);
    }

    [Test]
    public void A_network_in_training_is_refused_with_the_reason()
    {
        using var folder = new TemporaryFolder();
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-maxp-1222121"), new NetworkOptions(2, 0.1));
        network.Training = true;
        OnnxException refusal = Assert.Throws<OnnxException>(() => network.ExportOnnx(folder["a.onnx"], 64, 64))!;
        Assert.That(refusal.Message, Does.Contain("biased variance"));
        Assert.That(folder["a.onnx"], Does.Not.Exist);
    }

    [Test]
    public void Large_weights_lie_in_a_file_of_their_own()
    {
        using var folder = new TemporaryFolder();
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121"), new NetworkOptions(2, 0.1));
        Assert.That(OnnxCheck.Difference(network, network.ExportOnnx, 40, 40, new OnnxOptions { MostInlineBytes = 100_000 }), Is.Below(OnnxCheck.Tolerance));
        network.ExportOnnx(folder["inside.onnx"], 40, 40);
        network.ExportOnnx(folder["outside.onnx"], 40, 40, new OnnxOptions { MostInlineBytes = 100_000 });
        Assert.That(folder["inside.onnx.data"], Does.Not.Exist);
        Assert.That(new FileInfo(folder["outside.onnx"]).Length, Is.Below(new FileInfo(folder["inside.onnx"]).Length / 2));
        Assert.That(new FileInfo(folder["outside.onnx.data"]).Length % 4096, Is.Zero);
    }

    [Test]
    public void A_file_carries_names_shapes_and_metadata()
    {
        using var folder = new TemporaryFolder();
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-maxp-1222121"), new NetworkOptions(5, 0.1));
        network.ExportOnnx(folder["a.onnx"], 64, 48, new OnnxOptions(Metadata: new Dictionary<string, string> { ["labels"] = "[\"é\"]" }));
        using InferenceSession session = OnnxCheck.Session(folder["a.onnx"]);
        Assert.That(session.InputMetadata["input"].Dimensions, Is.EqualTo(new[] { -1, 3, 64, 48 }));
        Assert.That(session.InputMetadata["input"].SymbolicDimensions[0], Is.EqualTo("batch"));
        Assert.That(session.OutputMetadata["output"].Dimensions, Is.EqualTo(new[] { -1, 5 }));
        Assert.That(session.ModelMetadata.CustomMetadataMap["labels"], Is.EqualTo("[\"é\"]"));
        Assert.That(session.ModelMetadata.ProducerName, Is.EqualTo("GpuPool"));
    }

    [Test]
    public void The_same_network_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121"), new NetworkOptions(2, 0.1));
        foreach (string name in new[] { "a", "b" })
            network.ExportOnnx(folder[name], 40, 40);
        Assert.That(File.ReadAllBytes(folder["b"]), Is.EqualTo(File.ReadAllBytes(folder["a"])));
    }

    private static TestCaseData Case(string name, Func<Tensor, Tensor> op, int height, int width) => new TestCaseData(op, height, width).SetArgDisplayNames(name);

    private static Tensor Fill(Tensor beside, int count, double value = 1, params int[] shape) => Tensor.Leaf(beside.Device.Upload(
        shape.Length == 0 ? new Shape(count) : new Shape(shape), [.. Enumerable.Range(0, count).Select(index => shape.Length == 4 && value < 1 ? value * Math.Sin(index) : value)], beside.DType));

    private static Action<string, int, int, OnnxOptions> Export(Module module) => (file, height, width, options) => OnnxExport.Write(module, file, height, width, x => [module.Call(x)], options);

    private static IReadOnlyList<OnnxNode> Nodes(Module module, int opset = 17, bool folds = false)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        return new OnnxGraph(OnnxTrace.Of(module, new Shape(1, 40, 40, 3), x => [module.Call(x)]), opset, folds).Model(null, new Dictionary<string, string>()).Nodes;
    }

    private sealed class OneOp : Module
    {
        private readonly Func<Tensor, Tensor> _op;

        public OneOp(Func<Tensor, Tensor> op)
        {
            _op = op;
            State("weight", ModuleState.Parameter(new Shape(1), Distribution.Constant(0)));
        }

        protected override Tensor Forward(Tensor x) => _op(x);
    }
}
