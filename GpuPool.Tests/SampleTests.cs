using System.Runtime.CompilerServices;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Samples;

namespace GpuPool.Tests;

/// <summary>An op written outside of the library works as those within.</summary>
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
    public void The_documentation_shows_the_sample()
    {
        string root = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..");
        string text = File.ReadAllText(Path.Combine(root, "docs", "extending.md"));
        Assert.That(text, Does.Contain($"```csharp\n{File.ReadAllText(Path.Combine(root, "GpuPool.Tests", "Samples", "Swish.cs"))}```\n"));
    }

    private sealed record Forgetful : HostOp
    {
        public override Shape Infer(ReadOnlySpan<Shape> inputs) => inputs[0];

        protected override void Forward<T>(HostForward<T> call) => call.Input(0).CopyTo(call.Output);

        protected override void Backward<T>(HostBackward<T> call) { }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
