using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Detection;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models.Folding;

/// <summary>Folded modules compute what they compute unfolded.</summary>
public sealed class FoldedModuleTests
{
    private const double Tolerance = 1e-5;

    private static IEnumerable<string> Words => PoolingMethod.All.Select(method => method.Word);

    [Test, Combinatorial]
    public void Every_method_folds_on([Values("mobilenet_v2 1222121 32", "resnet18 1222 32", "vgg16_bn 22222 32", "densenet121 1222 32", "inception_v3 2222 95")] string place, [ValueSource(nameof(Words))] string word) =>
        Check(place, word);

    [Test, Combinatorial, Category("Nightly")]
    public void Every_method_folds_between_stages_and_within([Values("mobilenet 1222121 32", "resnet18_v2 1222 32")] string place, [ValueSource(nameof(Words))] string word) =>
        Check(place, word);

    private static void Check(string place, string word)
    {
        string[] parts = place.Split(' ');
        (string backbone, string strides, int size) = (parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture));
        double width = backbone.StartsWith("resnet18", StringComparison.Ordinal) ? 1 : 0.1;
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Network network = Network.Create(Devices.Cpu, Architecture.Parse($"{backbone}-{word}-{strides}"), new NetworkOptions(5, width));
        Check(network, new Shape(2, size, size, 3), x => [network.Call(x)]);
    }

    [TestCase("ssd-mobilenet_v2-skip-1222121")]
    [TestCase("yolov3-mobilenet_v2-nlp-1222121")]
    [TestCase("faster_rcnn-mobilenet_v2-lip-1222121")]
    public void Detectors_fold(string label)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Detector detector = DetectorArchitecture.Parse(label).Create(Devices.Cpu, new NetworkOptions(2, 0.1));
        Check(detector, new Shape(2, 64, 64, 3), detector.Features);
    }

    [Test]
    public void A_folded_module_keeps_its_weights_as_they_were_and_returns_its_memory()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Sequential module = Sequential.Of([new Conv2dLayer(3, 4, new Window(3, 1, 1)), new BatchNormLayer(4, Activation.Relu)]);
        module.Allocate(Devices.Cpu);
        Tensor x = Input(new Shape(1, 5, 5, 3));
        using IDisposable off = GradientMode.Off();
        float[] before = module.Call(x).Value.ToFloats();
        long live = Devices.Cpu.LiveBytes;
        using (module.Fold())
        {
            float[] folded = module.Call(x).Value.ToFloats();
            foreach ((_, Parameter parameter) in module.Parameters)
                parameter.Value.CopyFrom(new double[parameter.Shape.Count]);
            Assert.That(folded, Is.EqualTo(before).Within(1e-5f));
            Assert.That(module.Call(x).Value.ToFloats(), Is.EqualTo(folded));
        }
        Assert.That(module.Call(x).Value.ToFloats(), Is.All.Zero);
        Assert.That(Devices.Cpu.LiveBytes - live, Is.EqualTo(3 * 4 * 25 * sizeof(float)).Within(3 * 64));
    }

    [Test]
    public void Training_and_gradients_do_not_use_the_folded_form()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Sequential module = Sequential.Of([new Conv2dLayer(3, 4, new Window(3, 1, 1)), new BatchNormLayer(4, Activation.Relu)]);
        module.Allocate(Devices.Cpu);
        Tensor x = Input(new Shape(2, 5, 5, 3));
        using IDisposable folded = module.Fold();
        module.Call(x).Sum().Reshape(Shape.Scalar).Backward();
        Assert.That(module.Parameters.Select(entry => entry.Parameter.Gradient), Is.All.Not.Null);
        module.Training = true;
        using IDisposable off = GradientMode.Off();
        module.Call(x);
        Assert.That(module.Buffers.First().Buffer.ToFloats(), Is.Not.All.Zero);
    }

    // Statistics of a batch in the place of means of 0 and variances of 1.
    private static void Check(Module module, Shape shape, Func<Tensor, IReadOnlyList<Tensor>> forward)
    {
        Tensor x = Input(shape);
        using IDisposable off = GradientMode.Off();
        module.Training = true;
        forward(x);
        module.Training = false;
        float[][] expected = [.. forward(x).Select(output => output.Value.ToFloats())];
        using IDisposable folded = module.Fold();
        for (int call = 0; call < 2; call++)
        {
            IReadOnlyList<Tensor> actual = forward(x);
            Assert.That(actual, Has.Count.EqualTo(expected.Length));
            for (int output = 0; output < expected.Length; output++)
            {
                double largest = expected[output].Max(Math.Abs);
                Assert.That(actual[output].Value.ToFloats().Zip(expected[output], (a, b) => Math.Abs(a - b)).Max(), Is.NoMoreThan(Tolerance * largest));
            }
        }
    }

    private static Tensor Input(Shape shape) => Tensor.Leaf(Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 1), DType.Float32));
}
