using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class LayerNormTests
{
    private static IEnumerable<Shape> Arrays => [.. PoolOracle.Maps, new(2, 40, 12), new(1, 1), new(5)];

    [Test]
    public void Gradients_equal_differences() => OpCheck.Gradients(() => new LayerNorm(), Inputs(new Shape(2, 3, 5)));

    [Test]
    public void Each_row_gets_mean_zero_and_variance_one()
    {
        double[] ones = [.. Enumerable.Repeat(1.0, 20)];
        double[] y = OpCheck.Forward(new LayerNorm(), (new Shape(4, 20), Draw.Normal(80, 1, mean: 50, deviation: 3)), (new Shape(20), ones), (new Shape(20), new double[20]));
        foreach (double[] row in y.Chunk(20))
        {
            Assert.That(row.Average(), Is.Zero.Within(1e-12));
            Assert.That(row.Average(value => value * value), Is.EqualTo(1).Within(1e-4));
        }
    }

    [Test]
    public void Rows_do_not_depend_on_scale_and_shift()
    {
        double[] x = Draw.Normal(12, 2);
        (Shape, double[]) gamma = (new Shape(6), Draw.Normal(6, 3)), beta = (new Shape(6), Draw.Normal(6, 4));
        var op = new LayerNorm(Epsilon: 0);
        Assert.That(OpCheck.Forward(op, (new Shape(2, 6), [.. x.Select(value => 7 * value - 4)]), gamma, beta),
            Is.EqualTo(OpCheck.Forward(op, (new Shape(2, 6), x), gamma, beta)).Within(1e-12));
    }

    [Test]
    public void A_gamma_of_another_length_is_refused() =>
        Assert.That(() => new LayerNorm().Infer([new Shape(2, 6), new Shape(5), new Shape(6)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("LayerNorm: gamma must be (C) = (6), but is (5)."));

    private static (Shape, double[])[] Inputs(Shape shape) =>
        [(shape, Draw.Normal(shape.Count, 1, mean: 0.5, deviation: 3)), (new Shape(shape.Channels), Draw.Normal(shape.Channels, 2)), (new Shape(shape.Channels), Draw.Normal(shape.Channels, 3))];
}
