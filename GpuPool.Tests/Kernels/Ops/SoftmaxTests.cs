using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class SoftmaxTests
{
    private static readonly Shape[] _shapes = [new(5), new(3, 17), new(2, 4, 40), new(2, 1)];

    [TestCaseSource(nameof(_shapes))]
    public void Gradient_equals_differences(Shape shape) => OpCheck.Gradients(() => new Softmax(), (shape, Draw.Normal(shape.Count, 2)));

    [Test]
    public void Rows_are_exponentials_that_sum_to_one_and_a_shift_does_not_move_them()
    {
        double[] x = Draw.Normal(34, 3), y = OpCheck.Forward(new Softmax(), (new Shape(2, 17), x));
        double[] expected = [.. x.Chunk(17).SelectMany(row => row.Select(value => Math.Exp(value) / row.Sum(Math.Exp)))];
        Assert.That(y, Is.EqualTo(expected).Within(1e-15));
        Assert.That(OpCheck.Forward(new Softmax(), (new Shape(2, 17), [.. x.Select(value => value + 1000)])), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Large_values_do_not_overflow() =>
        Assert.That(OpCheck.Forward(new Softmax(), (new Shape(3), [2000, 2000, -2000])), Is.EqualTo(new[] { 0.5, 0.5, 0 }));

    [Test]
    public void Empty_rows_are_refused() =>
        Assert.That(() => new Softmax().Infer([new Shape(2, 0)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Softmax: x must be (..., L) with L >= 1, but is (2, 0)."));
}
