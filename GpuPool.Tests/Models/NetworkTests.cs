using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Backbones;
using GpuPool.Models.Costs;

namespace GpuPool.Tests.Models;

public sealed class NetworkTests
{
    private static readonly NetworkOptions _small = new(Classes: 3, Width: 0.1);

    [TestCase("mobilenet_v2-skip-1222121")]
    [TestCase("mobilenet_v2-nlp_headfix2_nowin-2222121")]
    [TestCase("mobilenet-maxp-1222121")]
    [TestCase("mobilenet-nlp_headfix2_reduced-1222121")]
    [TestCase("mobilenet_v2-nlpnope_headfix2_reduced_bilinear-1222121")]
    [TestCase("prepool-nlp_headfix2_reduced-4-mobilenet_v2-avgp-1222111")]
    [TestCase("mobilenet_v2-attnpool-1222111")]
    [TestCase("resnet18-lip-1222")]
    [TestCase("resnet18_v2-nlp_headfix2-2222")]
    [TestCase("prepool-lip-2-resnet18-nlp_reduced0842-1222")]
    public void Every_parameter_of_a_network_gets_a_gradient(string label)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var architecture = Architecture.Parse(label);
        using Network network = Network.Create(Devices.Cpu, architecture, Options(architecture));
        network.Training = true;
        Tensor logits = network.Call(Images(4, 64));
        Assert.That(logits.Shape, Is.EqualTo(new Shape(4, 3)));
        Assert.That(network.Infer(new Shape(4, 64, 64, 3)), Is.EqualTo(logits.Shape));
        logits.Backward(Devices.Cpu.Upload(logits.Shape, Draw.Normal(12, 3), DType.Float32));
        foreach ((string name, Parameter parameter) in network.Parameters)
        {
            Assert.That(parameter.Gradient, Is.Not.Null, name);
            Assert.That(parameter.Gradient!.ToDoubles(), Is.All.Matches<double>(double.IsFinite), name);
        }
    }

    [Test]
    public void Names_are_unique([ValueSource(nameof(Words))] string word)
    {
        BackboneFamily family = BackboneFamily.Parse(word).Family;
        var network = new Network(Architecture.Parse($"{(family.HasStem ? "prepool-nlp-2-" : "")}{word}-nlp-{new string('2', family.Places)}"), new NetworkOptions());
        Assert.That(network.States.Select(entry => entry.Name), Is.Unique);
        Assert.That(network.Modules.Select(entry => entry.Name), Is.Unique);
    }

    // A stage's pool in each placement, and the prepool, under the names of the released code.
    [TestCase("resnet18-nlp-1222", "net.layer2.pool.logit.pool_weight.restore.0.weight")]
    [TestCase("resnet18_v2-nlp-1222", "net.layer2.0.pooling.logit.pool_weight.restore.0.weight")]
    [TestCase("resnet18_v2-nlp-2222", "net.layer1.0.downsample.0.weight")]
    [TestCase("mobilenet-nlp-1222121", "net.features.1.0.logit.pool_weight.restore.0.weight")]
    [TestCase("mobilenet-nlp-1222121", "net.features.1.1.conv.6.weight")]
    [TestCase("mobilenet_v2-nlp-1222121", "net.features.1.0.pooling.logit.pool_weight.restore.0.weight")]
    [TestCase("mobilenet_v2-nlp-1222121", "net.features.0.0.conv.4.running_var")]
    [TestCase("prepool-nlp-2-resnet18-nlp-1222", "net.pool.logit.pool_weight.multihead_attn.in_proj_weight")]
    [TestCase("prepool-nlp-2-mobilenet-nlp-1222121", "net.conv1_pool.logit.pool_weight.pos_embed.row_embed.weight")]
    [TestCase("resnet18-attnpool-1222", "net.layer2.pool.map.1.running_mean")]
    public void Tensors_have_the_names_of_the_released_code(string label, string name) =>
        Assert.That(new Network(Architecture.Parse(label), new NetworkOptions()).States.Select(entry => entry.Name), Has.Member(name));

    [TestCase(0.1, new[] { 4, 4, 4, 4, 8, 12, 16, 32, 1280 }, Description = "at exactly this width multiples of 4")]
    [TestCase(0.35, new[] { 16, 8, 8, 16, 24, 32, 56, 112, 1280 })]
    [TestCase(1.0, new[] { 32, 16, 24, 32, 64, 96, 160, 320, 1280 })]
    [TestCase(1.4, new[] { 48, 24, 32, 48, 88, 136, 224, 448, 1792 })]
    public void Channels_of_MobileNetV2_are_the_released_code_s_multiples(double width, int[] expected)
    {
        var network = new Network(Architecture.Parse("mobilenet_v2-skip-1222121"), new NetworkOptions(Width: width));
        Dictionary<string, ModuleState> states = network.States.ToDictionary(entry => entry.Name, entry => entry.State);
        string[] last = ["conv1.0", "features.0.0.conv.3", .. Enumerable.Range(1, 6).Select(stage => $"features.{stage}.0.conv.6"), "conv2.0"];
        Assert.That(last.Select(name => states[$"net.{name}.weight"].Shape.Channels), Is.EqualTo(expected));
    }

    [Test]
    public void The_same_seed_gives_the_same_network_and_another_seed_another()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[][] first = Values(7), second = Values(7), other = Values(8);
        Assert.That(second, Is.EqualTo(first));
        Assert.That(other[0], Is.Not.EqualTo(first[0]));
    }

    [Test]
    public void Start_values_follow_the_loop_of_the_released_MobileNetV2()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Network network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121"));
        const string Pool = "net.features.5.0.pooling.logit.pool_weight";
        AssertNormal(network, "net.conv2.0.weight", Math.Sqrt(2.0 / 1280));
        AssertNormal(network, "net.features.5.0.conv.3.weight", Math.Sqrt(2.0 / (9 * 576)));
        AssertNormal(network, $"{Pool}.downsample.0.weight", Math.Sqrt(2.0 / 160));
        AssertNormal(network, $"{Pool}.multihead_attn.out_proj.weight", 0.01);
        AssertNormal(network, "net.classifier.weight", 0.01);
        AssertUniform(network, $"{Pool}.multihead_attn.in_proj_weight", -Math.Sqrt(6.0 / 640), Math.Sqrt(6.0 / 640));
        AssertUniform(network, $"{Pool}.pos_embed.row_embed.weight", 0, 1);
        foreach (string bias in new[] { $"{Pool}.downsample.0.bias", $"{Pool}.multihead_attn.in_proj_bias", $"{Pool}.multihead_attn.out_proj.bias", "net.classifier.bias" })
            Assert.That(Values(network, bias), Is.All.Zero, bias);
        Assert.That(Values(network, "net.conv2.1.weight"), Is.All.EqualTo(1));
    }

    [Test]
    public void Start_values_follow_the_loop_of_the_released_ResNet18()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Network network = Network.Create(Devices.Cpu, Architecture.Parse("resnet18-nlp_headfix2-1222"), new NetworkOptions(1000));
        const string Pool = "net.layer3.pool.logit.pool_weight";
        AssertNormal(network, "net.layer3.0.conv1.weight", Math.Sqrt(2.0 / (9 * 256)));
        AssertNormal(network, $"{Pool}.restore.0.weight", Math.Sqrt(2.0 / 256));
        AssertUniform(network, $"{Pool}.downsample.0.bias", -1.0 / 16, 1.0 / 16);
        AssertUniform(network, $"{Pool}.multihead_attn.out_proj.weight", -1.0 / 16, 1.0 / 16);
        AssertUniform(network, "net.fc.weight", -1 / Math.Sqrt(512), 1 / Math.Sqrt(512));
        AssertUniform(network, "net.fc.bias", -1 / Math.Sqrt(512), 1 / Math.Sqrt(512));
        Assert.That(Values(network, $"{Pool}.multihead_attn.out_proj.bias"), Is.All.Zero);
    }

    [Test]
    public void Training_is_switched_for_all_parts()
    {
        var network = new Network(Architecture.Parse("resnet18-skip-1222"), new NetworkOptions()) { Training = true };
        Assert.That(network.Modules.Select(entry => entry.Module.Training), Is.All.True);
        network.Training = false;
        Assert.That(network.Modules.Select(entry => entry.Module.Training), Is.All.False);
    }

    [Test]
    public void Evaluation_returns_all_memory_but_the_logits_and_never_holds_all_maps()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var architecture = Architecture.Parse("mobilenet_v2-nlp_headfix2-1222121");
        using Network network = Network.Create(Devices.Cpu, architecture);
        Tensor images = Images(2, 64);
        using IDisposable off = GradientMode.Off();
        network.Call(images).Value.Dispose();
        long before = Devices.Cpu.LiveBytes;
        Devices.Cpu.ResetPeak();
        Tensor logits = network.Call(images);
        logits.Value.Dispose();
        Assert.That(Devices.Cpu.LiveBytes, Is.EqualTo(before));
        Assert.That(Devices.Cpu.PeakBytes - before, Is.Below(Cost.Of(architecture, new NetworkOptions(), 64).ActivationBytes));
    }

    [Test]
    public void A_network_that_finds_no_room_takes_none()
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        device.MemoryLimitBytes = 100_000;
        Assert.That(() => Network.Create(device, Architecture.Parse("mobilenet-skip-1222121"), _small), Throws.TypeOf<DeviceMemoryException>());
        Assert.That(device.LiveBytes, Is.Zero);
        var network = new Network(Architecture.Parse("mobilenet-skip-1222121"), _small);
        Assert.That(() => network.Allocate(device), Throws.TypeOf<DeviceMemoryException>());
        Assert.That(() => network.Call(Images(1, 32)), Throws.InvalidOperationException.With.Message.Contains("call Allocate first"));
    }

    [Test]
    public void A_network_outlives_the_scope_it_was_made_in()
    {
        long before = Devices.Cpu.LiveBytes;
        Network network;
        using (Devices.Cpu.OpenScope())
            network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet-skip-1222121"), _small);
        using (Devices.Cpu.OpenScope())
        using (GradientMode.Off())
            Assert.That(network.Call(Images(1, 32)).Value.ToFloats(), Is.All.InRange(-100, 100));
        network.Dispose();
        Assert.That(Devices.Cpu.LiveBytes, Is.EqualTo(before));
    }

    [Test]
    public void A_network_returns_its_memory()
    {
        long before = Devices.Cpu.LiveBytes;
        Network network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet-skip-1222121"), _small);
        Assert.That(Devices.Cpu.LiveBytes, Is.GreaterThan(before));
        network.Dispose();
        Assert.That(Devices.Cpu.LiveBytes, Is.EqualTo(before));
        Assert.That(() => network.Call(Images(1, 32)), Throws.InvalidOperationException.With.Message.Contains("call Allocate first"));
    }

    [TestCase("resnet18-skip-1222", 0.5, 10, "the width of resnet18 must be 1, but is 0.5")]
    [TestCase("mobilenet-skip-1222121", double.NaN, 10, "the width of mobilenet must be from 0.05 to 8, but is NaN")]
    [TestCase("mobilenet-skip-1222121", 1.0, 0, "at least one class, but has 0")]
    public void Options_that_do_not_fit_are_refused(string label, double width, int classes, string reason) =>
        Assert.That(() => new Network(Architecture.Parse(label), new NetworkOptions(classes, width)),
            Throws.TypeOf<ArchitectureException>().With.Message.Contains(reason));

    private static IEnumerable<string> Words() => BackboneFamily.All.SelectMany(family => family.Words).Select(entry => entry.Word);

    private static NetworkOptions Options(Architecture architecture) => architecture.Family.Widths.Least == 1 ? _small with { Width = 1 } : _small;

    private static Tensor Images(int count, int size) =>
        Tensor.Leaf(Devices.Cpu.Upload(new Shape(count, size, size, 3), Draw.Normal(count * size * size * 3, 1), DType.Float32));

    private static double[][] Values(ulong seed)
    {
        using Network network = Network.Create(Devices.Cpu, Architecture.Parse("mobilenet_v2-nlp-1222121"), _small with { Seed = seed });
        return [.. network.Parameters.Select(entry => entry.Parameter.Value.ToDoubles())];
    }

    private static double[] Values(Network network, string name) => network.Parameters.Single(entry => entry.Name == name).Parameter.Value.ToDoubles();

    private static void AssertNormal(Network network, string name, double deviation)
    {
        double[] values = Values(network, name);
        double error = 4 / Math.Sqrt(values.Length);
        Assert.That(values.Average() / deviation, Is.Zero.Within(error), name);
        Assert.That(values.Average(value => value * value) / (deviation * deviation), Is.EqualTo(1).Within(2 * error), name);
        Assert.That(values.Max() / deviation, Is.GreaterThan(2), name);
    }

    private static void AssertUniform(Network network, string name, double low, double high)
    {
        double[] values = Values(network, name);
        Assert.That(values.Average(), Is.EqualTo((low + high) / 2).Within((high - low) * 1.2 / Math.Sqrt(values.Length)), name);
        Assert.That(values.Min(), Is.InRange(low - 1e-6, low + (high - low) * 0.1), name);
        Assert.That(values.Max(), Is.InRange(high - (high - low) * 0.1, high + 1e-6), name);
    }
}
