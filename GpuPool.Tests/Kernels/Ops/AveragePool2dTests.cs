using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class AveragePool2dTests
{
    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.Cases))]
    public void Host_body_equals_portable_body(Window window, Shape map) =>
        OpCheck.HostEqualsPortable(() => new AveragePool2d(window), (map, Draw.Normal(map.Count, 1)));

    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.Cases))]
    public void Output_equals_the_mean_with_padding_as_zeros(Window window, Shape map)
    {
        double[] x = Draw.Normal(map.Count, 2);
        double[] expected = PoolOracle.Forward(window, map, cells => cells.Sum(cell => x[cell]) / (window.Size * window.Size));
        Assert.That(OpCheck.Forward(new AveragePool2d(window), (map, x)), Is.EqualTo(expected).Within(1e-14));
    }

    [TestCase(2, 2, 0)]
    [TestCase(3, 2, 1)]
    [TestCase(2, 3, 0)]
    public void Gradient_equals_differences(int size, int stride, int padding) =>
        OpCheck.Gradients(() => new AveragePool2d(new(size, stride, padding)), (new Shape(2, 5, 6, 3), Draw.Normal(180, 3)));

    [Test]
    public void Cells_that_no_window_reaches_get_no_gradient()
    {
        double[] dx = OpCheck.Backward(new AveragePool2d(new(2, 2)), [1], (new Shape(1, 3, 3, 1), new double[9]))[0];
        Assert.That(dx, Is.EqualTo(new[] { 0.25, 0.25, 0, 0.25, 0.25, 0, 0, 0, 0 }));
    }

    [Test]
    public void Padding_as_wide_as_the_window_is_refused() =>
        Assert.That(() => new AveragePool2d(new(2, 2, 2)).Infer([new Shape(1, 4, 4, 1)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "AveragePool2d: the window must have padding < size, but is Window { Size = 2, Stride = 2, Padding = 2 }."));
}
