using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class PointwiseTests
{
    [Test]
    public void Gradient_equals_differences([Values] PointwiseFunction function) =>
        OpCheck.Gradients(() => new Pointwise(function), (new Shape(3, 7), Domain(function, Draw.Distinct(21, 2, gap: 0.3))));

    [Test]
    public void Slope_at_the_kinks_is_zero()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        foreach ((PointwiseFunction function, double at) in new[] { (PointwiseFunction.Relu, 0.0), (PointwiseFunction.Relu6, 0.0), (PointwiseFunction.Relu6, 6.0) })
        {
            DeviceArray x = Devices.Cpu.Upload(new Shape(1), [at], DType.Float64), one = Devices.Cpu.Upload(new Shape(1), [1.0], DType.Float64);
            var op = new Pointwise(function);
            Assert.That(op.Backward([x], op.Forward([x], true), one, [true])[0]!.ToDoubles(), Is.EqualTo(new[] { 0.0 }), $"{function} at {at}");
        }
    }

    [Test]
    public void A_leaky_rectifier_keeps_a_share_below_zero()
    {
        (Shape, double[]) x = (new Shape(4), [-2, 0, 3, double.NaN]);
        var op = new Pointwise(PointwiseFunction.LeakyRelu, Leak: 0.25);
        Assert.That(OpCheck.Forward(op, x), Is.EqualTo(new[] { -0.5, 0, 3, double.NaN }));
        Assert.That(OpCheck.Backward(op, [1, 1, 1, 0], x)[0], Is.EqualTo(new[] { 0.25, 0.25, 1, 0 }));
    }

    [Test]
    public void Two_inputs_are_refused() =>
        Assert.That(() => new Pointwise(PointwiseFunction.Relu).Infer([new Shape(1), new Shape(1)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Pointwise: takes 1 inputs, but got 2."));

    private static double[] Domain(PointwiseFunction function, double[] values) =>
        function == PointwiseFunction.Log ? Array.ConvertAll(values, Math.Abs) : values;
}
