using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class MaxPool2dTests
{
    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.Cases))]
    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.CeilCases))]
    public void Output_equals_the_largest_cell_on_the_map(Window window, Shape map)
    {
        double[] x = Draw.Normal(map.Count, 2, mean: -5);
        double[] expected = PoolOracle.Forward(window, map, cells => cells.Max(cell => x[cell]));
        Assert.That(OpCheck.Forward(new MaxPool2d(window), (map, x)), Is.EqualTo(expected));
    }

    [TestCase(2, 2, 0)]
    [TestCase(3, 2, 1)]
    [TestCase(3, 1, 1)]
    public void Gradient_equals_differences(int size, int stride, int padding) =>
        OpCheck.Gradients(() => new MaxPool2d(new(size, stride, padding)), (new Shape(2, 5, 6, 3), Draw.Distinct(180, 3)));

    [Test]
    public void Gradient_under_windows_of_remainders_equals_differences() =>
        OpCheck.Gradients(() => new MaxPool2d(new((3, 2), (2, 3), 1) { Ceil = true }), (new Shape(2, 6, 5, 3), Draw.Distinct(180, 3)));

    [Test]
    public void Dilation_is_refused_and_ceil_where_the_op_does_not_take_it()
    {
        Assert.That(() => new MaxPool2d(new(2) { Dilation = 2 }).Infer([new Shape(1, 4, 4, 1)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "MaxPool2d: the window must have dilation 1, the only one that this op takes, but is Window { Size = 2, Stride = 1, Padding = 0, Dilation = 2, Ceil = False }."));
        Assert.That(() => new LpPool2d(new(2, 2) { Ceil = true }).Infer([new Shape(1, 4, 4, 1), new Shape(1)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "LpPool2d: the window must not have Ceil, which this op does not take, but is Window { Size = 2, Stride = 2, Padding = 0, Dilation = 1, Ceil = True }."));
    }

    [Test]
    public void First_of_equal_values_takes_the_gradient([Values] bool host)
    {
        double[] dx = [];
        void Compute() => dx = OpCheck.Backward(new MaxPool2d(new(3, 1)), [1, 10], (new Shape(1, 3, 4, 1), [0, 0, 7, 0, 7, 0, 0, 0, 0, 0, 0, 7]))[0];
        if (host)
            Compute();
        else
            OpCheck.Portable(Compute);
        Assert.That(dx, Is.EqualTo(new double[] { 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0 }));
    }

    [Test]
    public void Infinitely_small_values_win_over_padding()
    {
        double low = double.NegativeInfinity;
        (Shape, double[]) x = (new Shape(1, 2, 2, 1), [low, low, low, low]);
        Assert.That(OpCheck.Forward(new MaxPool2d(new(3, 2, 1)), x), Is.EqualTo(new[] { low }));
        Assert.That(OpCheck.Backward(new MaxPool2d(new(3, 2, 1)), [5], x)[0], Is.EqualTo(new double[] { 5, 0, 0, 0 }));
    }

    [Test]
    public void Not_a_number_wins([Values(0, 1, 2, 3)] int at)
    {
        double[] x = [1, -2, 3, -4];
        x[at] = double.NaN;
        Assert.That(OpCheck.Forward(new MaxPool2d(new(2, 2)), (new Shape(1, 2, 2, 1), x)), Is.EqualTo(new[] { double.NaN }));
    }

    [Test]
    public void A_window_of_one_pixel_with_stride_two_takes_every_second_row_and_column() =>
        Assert.That(OpCheck.Forward(new MaxPool2d(new Window(1, 2)), (new Shape(1, 3, 5, 1), [.. Enumerable.Range(0, 15).Select(cell => (double)cell)])),
            Is.EqualTo(new double[] { 0, 2, 4, 10, 12, 14 }));

    [Test]
    public void A_map_below_the_window_is_refused() =>
        Assert.That(() => new MaxPool2d(new(3, 2)).Infer([new Shape(2, 2, 9, 3)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "MaxPool2d: x must be (N, H, W, C) with H, W >= 3, but is (2, 2, 9, 3)."));
}
