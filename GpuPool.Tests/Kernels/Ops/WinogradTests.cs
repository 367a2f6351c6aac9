using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

/// <summary>Convolutions with a quarter of the products, beside those with all.</summary>
public sealed class WinogradTests
{
    // Images, height, width, channels, outputs, padding: of whole squares, of parts of some, of the fewest that pay, of several slices of channels, of several blocks, and of several chunks forward and backward.
    private static readonly int[][] _shapes =
    [
        [4, 8, 8, 16, 16, 1], [2, 7, 13, 32, 48, 1], [4, 5, 6, 16, 32, 2], [1, 33, 30, 32, 16, 1], [6, 6, 11, 160, 96, 0],
        [5, 4, 4, 32, 80, 1], [33, 3, 3, 16, 16, 1], [8, 4, 4, 96, 128, 1], [1, 49, 48, 160, 16, 1], [1, 172, 172, 16, 16, 1],
    ];

    [TestCaseSource(nameof(_shapes))]
    public void Output_and_gradients_are_those_of_the_convolution(int images, int height, int width, int channels, int outputs, int padding)
    {
        Shape x = new(images, height, width, channels), w = new(3, 3, channels, outputs);
        var direct = new Conv2d(new Window(3, padding: padding));
        // Sums of some thousand products round by a tenth of this.
        foreach ((DType type, double tolerance) in new[] { (DType.Float32, 5e-6), (DType.Float64, 1e-14) })
        {
            double[][] expected = Run(direct, x, w, type), actual = Run(direct with { Winograd = true }, x, w, type);
            Assert.That(actual, Is.Not.EqualTo(expected), "computed in the same way");
            for (int index = 0; index < expected.Length; index++)
                Assert.That(OpCheck.RelativeError(actual[index], expected[index]), Is.NoMoreThan(tolerance), $"{type}, {index}");
        }
    }

    [Test]
    public void Gradient_equals_differences() => OpCheck.Gradients(
        () => new Conv2d(new Window(3, padding: 1)) { Winograd = true }, new GradientCheck(MostElements: 16),
        (new Shape(4, 5, 6, 16), Draw.Normal(1_920, 1)), (new Shape(3, 3, 16, 16), Draw.Normal(2_304, 2)), (new Shape(16), Draw.Normal(16, 3)));

    [TestCase(9, 7, 16, 2, TestName = "{m}: strided")]
    [TestCase(9, 7, 5, 1, TestName = "{m}: channels")]
    [TestCase(4, 4, 16, 1, TestName = "{m}: few squares")]
    [TestCase(32, 3, 16, 1, TestName = "{m}: few squares that are cut off")]
    [TestCase(100, 2, 16, 1, TestName = "{m}: small maps")]
    public void What_it_does_not_suit_is_a_convolution_all_the_same(int images, int side, int channels, int stride)
    {
        Shape x = new(images, side, side, channels), w = new(3, 3, channels, 16);
        var direct = new Conv2d(new Window(3, stride, 1));
        Assert.That(Run(direct with { Winograd = true }, x, w, DType.Float32), Is.EqualTo(Run(direct, x, w, DType.Float32)));
    }

    private static double[][] Run(Conv2d op, Shape x, Shape w, DType type)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] inputs = [.. new[] { x, w, new Shape(w.Channels) }.Select((shape, seed) => Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, seed), type))];
        OpResult result = op.Forward(inputs, keep: true);
        DeviceArray dy = Devices.Cpu.Upload(result.Output.Shape, Draw.Normal(result.Output.Shape.Count, 7), type);
        return [result.Output.ToDoubles(), .. op.Backward(inputs, result, dy, [true, true, true]).Select(gradient => gradient!.ToDoubles())];
    }
}
