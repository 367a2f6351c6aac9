using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class BlendTests
{
    [Test]
    public void Gradients_equal_differences() => OpCheck.Gradients(() => new Blend(), Inputs(new Shape(2, 3, 1, 3)));

    [Test]
    public void The_gate_chooses_between_its_ends()
    {
        double[] y = OpCheck.Forward(new Blend(), (new Shape(3), [1, 2, 3]), (new Shape(3), [10, 20, 30]), (new Shape(3), [0, 1, 0.5]));
        Assert.That(y, Is.EqualTo(new[] { 10, 2, 16.5 }));
    }

    [TestCase(1)]
    [TestCase(20)]
    public void What_the_gate_is_closed_to_takes_no_part(int times)
    {
        (Shape, double[]) Repeat(params double[] values) => (new Shape(times, values.Length), [.. Enumerable.Repeat(values, times).SelectMany(row => row)]);
        (Shape, double[])[] inputs = [Repeat(double.PositiveInfinity, 2, 3), Repeat(10, double.NaN, double.NegativeInfinity), Repeat(0, 1, double.NaN)];
        void Check()
        {
            Assert.That(OpCheck.Forward(new Blend(), inputs), Is.EqualTo(Repeat(10, 2, double.NaN).Item2));
            double[][] gradients = OpCheck.Backward(new Blend(), Repeat(double.PositiveInfinity, double.NegativeInfinity, 1).Item2, inputs);
            Assert.That(gradients[0], Is.EqualTo(Repeat(0, double.NegativeInfinity, double.NaN).Item2));
            Assert.That(gradients[1], Is.EqualTo(Repeat(double.PositiveInfinity, 0, double.NaN).Item2));
        }
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void A_gate_of_another_shape_is_refused() =>
        Assert.That(() => new Blend().Infer([new Shape(2, 3), new Shape(2, 3), new Shape(3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Blend: the gate must be the shape of a = (2, 3), but is (3)."));

    private static (Shape, double[])[] Inputs(Shape shape) => [.. Enumerable.Range(1, 3).Select(seed => (shape, Draw.Normal(shape.Count, seed)))];
}
