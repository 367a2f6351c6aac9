using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class ConcatAndSliceTests
{
    private static readonly Shape s_shape = new(2, 5, 3);

    [Test]
    public void Gradient_of_concat_equals_differences([Values(0, 1, 2, -1)] int axis) => OpCheck.Gradients(() => new Concat(axis), Inputs(axis));

    [TestCase(0, 1, 1)]
    [TestCase(1, 0, 4)]
    [TestCase(2, 1, 2)]
    [TestCase(-1, 2, 1)]
    [TestCase(1, 5, 0)]
    public void Gradient_of_slice_equals_differences(int axis, int start, int length) =>
        OpCheck.Gradients(() => new Slice(axis, start, length), (s_shape, Draw.Normal(30, 2)));

    [Test]
    public void Rows_longer_than_a_tile_are_copied_whole()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] values = Draw.Normal(2 * 20_011, 3);
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(new Shape(2, 20_011), values));
        double[] rotated = x.Slice(1, 9_000, 11_011).Concat(1, x.Slice(1, 0, 9_000)).Value.ToDoubles();
        Assert.That(rotated, Is.EqualTo((double[])[.. values[9_000..20_011], .. values[..9_000], .. values[29_011..], .. values[20_011..29_011]]));
    }

    [Test]
    public void Slices_put_together_again_are_the_whole([Values(0, 1, 2)] int axis)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] values = Draw.Normal(30, 4);
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(s_shape, values));
        Tensor y = x.Slice(axis, 0, 1).Concat(axis, x.Slice(axis, 1, s_shape[axis] - 1));
        Assert.That(y.Shape, Is.EqualTo(s_shape));
        Assert.That(y.Value.ToDoubles(), Is.EqualTo(values));
    }

    [Test]
    public void Channels_are_interleaved_row_by_row()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor a = Tensor.Leaf(Devices.Cpu.Upload(new Shape(2, 1), [1.0, 2.0])), b = Tensor.Leaf(Devices.Cpu.Upload(new Shape(2, 2), [3.0, 4.0, 5.0, 6.0]));
        Assert.That(a.Concat(-1, b).Value.ToDoubles(), Is.EqualTo(new[] { 1.0, 3, 4, 2, 5, 6 }));
    }

    [Test]
    public void Other_extents_and_axes_are_refused()
    {
        Assert.That(() => new Concat(1).Infer([new Shape(2, 3), new Shape(4, 3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Concat: input 1 must be (2, 3) but for axis 1, but is (4, 3)."));
        Assert.That(() => new Concat(2).Infer([new Shape(2, 3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Concat: input 0 must be a shape with an axis 2, but is (2, 3)."));
        Assert.That(() => new Slice(1, 2, 2).Infer([new Shape(2, 3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Slice: x must be a shape with indices 2 to 3 on axis 1, but is (2, 3)."));
    }

    private static (Shape, double[])[] Inputs(int axis)
    {
        Bands bands = Bands.Of("test", "x", s_shape, axis);
        return [.. new[] { 1, 4, 2 }.Select(extent => (bands.With(extent), Draw.Normal(bands.With(extent).Count, extent)))];
    }
}
