using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class AveragePool2dTests
{
    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.Cases))]
    public void Output_equals_the_mean_with_padding_as_zeros(Window window, Shape map)
    {
        double[] x = Draw.Normal(map.Count, 2);
        double[] expected = PoolOracle.Forward(window, map, cells => cells.Sum(cell => x[cell]) / window.Size.Area);
        Assert.That(OpCheck.Forward(new AveragePool2d(window), (map, x)), Is.EqualTo(expected).Within(1e-14));
    }

    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.CeilCases))]
    public void Windows_of_remainders_are_divided_by_their_cells(Window window, Shape map)
    {
        double[] x = Draw.Normal(map.Count, 2);
        int[] padded = PoolOracle.PaddedCells(window, map);
        double[] sums = PoolOracle.Forward(window, map, cells => cells.Sum(cell => x[cell])), means = PoolOracle.Forward(window, map, cells => cells.Average(cell => x[cell]));
        Assert.That(OpCheck.Forward(new AveragePool2d(window), (map, x)), Is.EqualTo(sums.Zip(padded, (sum, cells) => sum / cells)).Within(1e-14));
        Assert.That(OpCheck.Forward(new AveragePool2d(window, CountsPadding: false), (map, x)), Is.EqualTo(means).Within(1e-14));
    }

    // By hand, by PyTorch's rule: windows [0 1 2], [2 3 4] and [4 0], of which the last has two cells.
    [TestCase(true, new[] { 1.0, 3, 2 })]
    [TestCase(false, new[] { 1.5, 3, 4 })]
    public void A_remainder_in_ceil_mode_has_a_window_of_its_own(bool countsPadding, double[] expected)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, 1, 4, 1), [1.0, 2, 3, 4]));
        Assert.That(x.AveragePool2d(new Window((1, 3), 2, (0, 1)) { Ceil = true }, countsPadding).Value.ToDoubles(), Is.EqualTo(expected));
    }

    [Test]
    public void Gradient_of_unlike_windows_equals_differences([Values] bool countsPadding, [Values] bool ceil) =>
        OpCheck.Gradients(() => new AveragePool2d(new((3, 2), (2, 3), 1) { Ceil = ceil }, countsPadding), (new Shape(2, 6, 5, 3), Draw.Normal(180, 3)));

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
            "AveragePool2d: the window must have padding < size, but is Window { Size = 2, Stride = 2, Padding = 2, Dilation = 1, Ceil = False }."));
}
