using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class PositionEmbeddingTests
{
    [Test]
    public void Gradient_equals_differences() => OpCheck.Gradients(() => new PositionEmbedding(), Inputs(new Shape(2, 3, 4, 6)));

    [Test]
    public void The_first_half_of_the_channels_takes_the_column_and_the_second_the_row()
    {
        double[] y = OpCheck.Forward(new PositionEmbedding(),
            (new Shape(1, 2, 2, 2), new double[8]), (new Shape(3, 1), [10, 20, 30]), (new Shape(3, 1), [1, 2, 3]));
        Assert.That(y, Is.EqualTo(new double[] { 1, 10, 2, 10, 1, 20, 2, 20 }));
    }

    [Test]
    public void Rows_beyond_the_grid_get_no_gradient()
    {
        double[] dy = [.. Enumerable.Repeat(1.0, 24)];
        double[][] gradients = OpCheck.Backward(new PositionEmbedding(), dy,
            (new Shape(2, 2, 3, 2), new double[24]), (new Shape(4, 1), new double[4]), (new Shape(4, 1), new double[4]));
        Assert.That(gradients[0], Is.EqualTo(dy));
        Assert.That(gradients[1], Is.EqualTo(new double[] { 6, 6, 0, 0 }));
        Assert.That(gradients[2], Is.EqualTo(new double[] { 4, 4, 4, 0 }));
    }

    [Test]
    public void A_grid_beyond_the_tables_is_refused() =>
        Assert.That(() => new PositionEmbedding().Infer([new Shape(1, 257, 4, 2), new Shape(256, 1), new Shape(256, 1)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo(
                "PositionEmbedding: x must be (N, h, w, E) with h <= 256, w <= 256, the rows of the tables, but is (1, 257, 4, 2)."));

    [Test]
    public void An_odd_number_of_channels_is_refused() =>
        Assert.That(() => new PositionEmbedding().Infer([new Shape(1, 2, 2, 3), new Shape(256, 1), new Shape(256, 1)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("PositionEmbedding: x must be (N, h, w, E) with even E, but is (1, 2, 2, 3)."));

    [Test]
    public void A_table_of_another_width_is_refused() =>
        Assert.That(() => new PositionEmbedding().Infer([new Shape(1, 2, 2, 4), new Shape(256, 2), new Shape(256, 4)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("PositionEmbedding: column must be (rows, E/2) with E/2 = 2, but is (256, 4)."));

    private static (Shape, double[])[] Inputs(Shape x)
    {
        var table = new Shape(6, x[3] / 2);
        return [(x, Draw.Normal(x.Count, 1)), (table, Draw.Normal(table.Count, 2)), (table, Draw.Normal(table.Count, 3))];
    }
}
