using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class UpsampleTests
{
    private static readonly (int Height, int Width)[] Sizes = [(8, 6), (7, 11), (4, 3), (1, 1), (2, 2), (13, 3)];

    [Test]
    public void Gradient_equals_differences([Values] Interpolation mode, [Values(0, 1, 2, 4)] int size) =>
        OpCheck.Gradients(() => new Upsample(Sizes[size].Height, Sizes[size].Width, mode), (new Shape(2, 4, 3, 2), Draw.Normal(48, 2)));

    [TestCase(2, 4, Interpolation.Nearest, new[] { 0.0, 0, 8, 8 })]
    [TestCase(2, 3, Interpolation.Nearest, new[] { 0.0, 0, 8 })]
    [TestCase(3, 2, Interpolation.Nearest, new[] { 0.0, 8 })]
    [TestCase(2, 4, Interpolation.Bilinear, new[] { 0.0, 2, 6, 8 })]
    [TestCase(2, 2, Interpolation.Bilinear, new[] { 0.0, 8 })]
    [TestCase(3, 5, Interpolation.Bilinear, new[] { 0, 3.2, 8, 12.8, 16 })]
    [TestCase(1, 3, Interpolation.Bilinear, new[] { 0.0, 0, 0 })]
    public void One_axis_equals_pytorch(int source, int target, Interpolation mode, double[] expected)
    {
        double[] ramp = [.. Enumerable.Range(0, source).Select(cell => 8.0 * cell)];
        Assert.That(OpCheck.Forward(new Upsample(1, target, mode), (new Shape(1, 1, source, 1), ramp)), Is.EqualTo(expected).Within(1e-14));
        Assert.That(OpCheck.Forward(new Upsample(target, 1, mode), (new Shape(1, source, 1, 1), ramp)), Is.EqualTo(expected).Within(1e-14));
    }

    [Test]
    public void Nearest_copies_whole_blocks_even_of_infinities()
    {
        double[] y = OpCheck.Forward(new Upsample(2, 4, Interpolation.Nearest), (new Shape(1, 1, 2, 1), [double.PositiveInfinity, 1]));
        Assert.That(y, Is.EqualTo(new[] { double.PositiveInfinity, double.PositiveInfinity, 1, 1, double.PositiveInfinity, double.PositiveInfinity, 1, 1 }));
    }

    [TestCase(1)]
    [TestCase(20)]
    public void Cells_of_weight_zero_take_no_part(int channels)
    {
        double[] x = [.. new[] { 1, double.PositiveInfinity, 3, 4 }.SelectMany(value => Enumerable.Repeat(value, channels))];
        (Shape, double[]) map = (new Shape(1, 2, 2, channels), x);
        void Check()
        {
            Assert.That(OpCheck.Forward(new Upsample(2, 2, Interpolation.Bilinear), map), Is.EqualTo(x));
            Assert.That(OpCheck.Backward(new Upsample(2, 2, Interpolation.Bilinear), x, map)[0], Is.EqualTo(x));
        }
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void A_constant_map_stays_constant([Values] Interpolation mode) =>
        Assert.That(OpCheck.Forward(new Upsample(11, 9, mode), (new Shape(1, 4, 3, 2), [.. Enumerable.Repeat(1.5, 24)])), Is.All.EqualTo(1.5).Within(1e-14));

    [Test]
    public void The_gradient_sums_to_the_gradient_that_arrives([Values] Interpolation mode, [Values(0, 1, 2, 3, 4, 5)] int size)
    {
        (int height, int width) = Sizes[size];
        double[] dy = Draw.Normal(height * width, 3);
        Assert.That(OpCheck.Backward(new Upsample(height, width, mode), dy, (new Shape(1, 4, 3, 1), new double[12]))[0].Sum(), Is.EqualTo(dy.Sum()).Within(1e-12));
    }

    [Test]
    public void An_empty_output_is_refused() =>
        Assert.That(() => new Upsample(0, 2, Interpolation.Nearest).Infer([new Shape(1, 2, 2, 1)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Upsample: the output must have H, W >= 1, but is (0, 2)."));
}
