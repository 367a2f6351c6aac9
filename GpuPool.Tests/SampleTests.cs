using System.Runtime.CompilerServices;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Layers;
using GpuPool.Samples;

namespace GpuPool.Tests;

/// <summary>An op and a layer written outside of the library work as those within.</summary>
public sealed class SampleTests
{
    [Test]
    public void Gradients_equal_differences() => Assert.That(
        new GradientCheck(Relative: 1e-6).Run(Devices.Cpu, inputs => Tape.Record(new Swish(), inputs), (new Shape(2, 3, 5), Draw.Normal(30, 1)), (new Shape(5), Draw.Normal(5, 2))),
        Is.Null);

    [Test]
    public void Copied_operands_give_the_same_as_the_arrays_themselves() =>
        OpCheck.HostEqualsPortable(() => new Swish(), (new Shape(2, 3, 5), Draw.Normal(30, 1)), (new Shape(5), Draw.Normal(5, 2)));

    [Test]
    public void Values_are_right_in_both_types([Values] DType type)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] x = Draw.Normal(12, 3), beta = [0, 1, -2];
        DeviceArray y = new Swish().Forward([Devices.Cpu.Upload(new Shape(4, 3), x, type), Devices.Cpu.Upload(new Shape(3), beta, type)], keep: false).Output;
        double[] expected = [.. x.Select((value, index) => value / (1 + Math.Exp(-beta[index % 3] * value)))];
        Assert.That(OpCheck.RelativeError(y.ToDoubles(), expected), Is.Below(type == DType.Float32 ? 1e-6 : 1e-14));
    }

    [Test]
    public void A_gradient_that_is_not_wanted_is_not_made()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] inputs = [Devices.Cpu.Upload(new Shape(4, 3), Draw.Normal(12, 3)), Devices.Cpu.Upload(new Shape(3), Draw.Normal(3, 4))];
        OpResult result = new Swish().Forward(inputs, keep: true);
        DeviceArray?[] gradients = new Swish().Backward(inputs, result, result.Output, [false, true]);
        Assert.That(gradients[0], Is.Null);
        Assert.That(gradients[1], Is.Not.Null);
    }

    [Test]
    public void A_gradient_that_is_forgotten_is_named()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(new Shape(1), [2.0]), requiresGradient: true);
        Assert.That(() => Tape.Record(new Forgetful(), x).Backward(),
            Throws.InvalidOperationException.With.Message.EqualTo("Forgetful: Backward has not written the gradient of input 0, which is wanted."));
    }

    [Test]
    public void A_wrong_shape_is_refused() => Assert.That(() => new Swish().Infer([new Shape(4, 3), new Shape(4)]),
        Throws.TypeOf<ShapeException>().With.Message.EqualTo("Swish: beta must be (C) = (3), but is (4)."));

    [Test]
    public void The_layer_is_measured_trained_and_saved_as_those_of_the_library()
    {
        using Module module = Sequential.Of([new Conv2dLayer(3, 5, new Window(3)), new SwishLayer(5), new GlobalAveragePoolLayer()]);
        var x = new Shape(1, 8, 8, 3);
        Assert.That(module.Infer(x), Is.EqualTo(new Shape(1, 5)));
        Assert.That(Cost.Of(module, x).MultiplyAdds, Is.EqualTo(6 * 6 * 9 * 3 * 5), "those of the convolution");
        module.Allocate(Devices.Cpu);
        Assert.That(module.Parameters.Select(entry => entry.Name), Does.Contain("1.beta"));
        using var optimiser = new Sgd(module.Parameters, learningRate: 0.1);
        module.Training = true;
        double[] losses = [.. Enumerable.Range(0, 20).Select(_ => Step(module, optimiser))];
        Assert.That(losses[^1], Is.Below(losses[0]));
        Assert.That(module.Buffers.Single().Buffer.ToDoubles(), Is.EqualTo(new[] { 40.0 }));
        Assert.That(module.Parameters.Single(entry => entry.Name == "1.beta").Parameter.Value.ToDoubles(), Is.All.Not.EqualTo(1));
    }

    [Test]
    public void The_documentation_shows_the_samples()
    {
        string root = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..");
        string text = File.ReadAllText(Path.Combine(root, "docs", "extending.md"));
        foreach (string name in new[] { "Swish.cs", "SwishLayer.cs" })
            Assert.That(text, Does.Contain($"```csharp\n{File.ReadAllText(Path.Combine(root, "GpuPool.Tests", "Samples", name))}```\n"), name);
    }

    private static double Step(Module module, Sgd optimiser)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(new Shape(2, 8, 8, 3), Draw.Normal(384, 5), DType.Float32));
        Tensor loss = module.Call(x).SoftmaxCrossEntropy(Tensor.Leaf(Devices.Cpu.Upload(new Shape(2), [1f, 3f])));
        loss.Backward();
        optimiser.Step();
        return loss.Item();
    }

    private sealed record Forgetful : HostOp
    {
        public override Shape Infer(ReadOnlySpan<Shape> inputs) => inputs[0];

        protected override void Forward<T>(HostForward<T> call) => call.Input(0).CopyTo(call.Output);

        protected override void Backward<T>(HostBackward<T> call) { }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
