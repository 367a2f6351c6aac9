using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class DropoutTests
{
    [Test]
    public void Gradient_equals_differences([Values(0, 0.4)] double probability) =>
        OpCheck.Gradients(() => new Dropout(probability, 3, 1, 5), (new Shape(3, 7), Draw.Normal(21, 2)));

    [Test]
    public void Elements_are_kept_where_the_draw_is_not_below_the_probability()
    {
        double[] y = Run(new Dropout(0.25, 9, 2, 4), 20_000);
        for (int index = 0; index < y.Length; index++)
            Assert.That(y[index], Is.EqualTo(Philox.Uniform(9, 2, 4, (uint)index) < 0.25 ? 0 : 1 / 0.75));
        Assert.That(y.Average(), Is.EqualTo(1).Within(0.02));
    }

    [Test]
    public void Another_step_or_stream_drops_other_elements()
    {
        double[] y = Run(new Dropout(0.5, 9, 2, 4), 100);
        Assert.That(Run(new Dropout(0.5, 9, 2, 4), 100), Is.EqualTo(y));
        Assert.That(Run(new Dropout(0.5, 9, 2, 5), 100), Is.Not.EqualTo(y));
        Assert.That(Run(new Dropout(0.5, 9, 3, 4), 100), Is.Not.EqualTo(y));
    }

    [Test]
    public void Probability_zero_shares_the_memory_of_the_input()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(new Shape(3), [1.0, 2.0, 3.0]));
        long before = Devices.Cpu.LiveBytes;
        Assert.That(x.Dropout(0, 1, 1, 1).Value.ToDoubles(), Is.EqualTo(new[] { 1.0, 2.0, 3.0 }));
        Assert.That(Devices.Cpu.LiveBytes, Is.EqualTo(before));
    }

    [Test]
    public void Probabilities_outside_are_refused([Values(-0.1, 1, double.NaN)] double probability) =>
        Assert.That(() => new Dropout(probability, 0, 0, 0).Infer([new Shape(1)]),
            Throws.ArgumentException.With.Message.StartsWith("Dropout: the probability must be at least 0 and below 1, but is"));

    private static double[] Run(Dropout dropout, int count)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] ones = [.. Enumerable.Repeat(1.0, count)];
        return dropout.Forward([Devices.Cpu.Upload(new Shape(count), ones)], keep: false).Output.ToDoubles();
    }
}
