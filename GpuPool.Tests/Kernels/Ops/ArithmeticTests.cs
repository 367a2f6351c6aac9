using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

/// <summary>Scale, Subtract and Divide; the sizes lie on both sides of a tile of elements.</summary>
public sealed class ArithmeticTests
{
    private static IEnumerable<TestCaseData> Cases() =>
        from op in new Op[] { new Scale(-0.75), new Subtract(), new Divide() }
        from count in new[] { 1, 17, 8191, 8192, 8193 }
        select new TestCaseData(op, count).SetArgDisplayNames(op.Name, $"{count}");

    [TestCaseSource(nameof(Cases))]
    public void Host_body_equals_portable_body(Op op, int count) => OpCheck.HostEqualsPortable(() => op, Inputs(op, new Shape(count)));

    [TestCaseSource(nameof(Cases))]
    public void Output_equals_plain_arithmetic(Op op, int count)
    {
        (Shape, double[] Values)[] inputs = Inputs(op, new Shape(count));
        double[] a = inputs[0].Values, b = inputs[^1].Values;
        double[] expected = [.. a.Select((value, i) => op is Scale ? -0.75 * value : op is Subtract ? value - b[i] : value / b[i])];
        Assert.That(OpCheck.Forward(op, inputs), Is.EqualTo(expected));
    }

    [Test]
    public void Gradients_equal_differences([Values(0, 5, 10)] int which)
    {
        var op = (Op)Cases().ElementAt(which).Arguments[0]!;
        OpCheck.Gradients(() => op, new GradientCheck(Absolute: 1e-8, Relative: 1e-6), Inputs(op, new Shape(3, 7)));
    }

    [Test]
    public void Division_by_zero_is_that_of_IEEE() =>
        Assert.That(OpCheck.Forward(new Divide(), (new Shape(3), [1, -1, 0]), (new Shape(3), new double[3])),
            Is.EqualTo(new[] { double.PositiveInfinity, double.NegativeInfinity, double.NaN }));

    [Test]
    public void Another_shape_is_refused()
    {
        Assert.That(() => new Subtract().Infer([new Shape(2, 3), new Shape(3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Subtract: b must be the shape of a = (2, 3), but is (3)."));
        Assert.That(() => new Divide().Infer([new Shape(2, 3), new Shape(3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Divide: b must be the shape of a = (2, 3), but is (3)."));
        Assert.That(() => new Scale(2).Infer([new Shape(1), new Shape(1)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Scale: takes 1 inputs, but got 2."));
    }

    // Divisors keep clear of 0.
    private static (Shape, double[])[] Inputs(Op op, Shape shape)
    {
        (Shape, double[]) a = (shape, Draw.Normal(shape.Count, 1)), b = (shape, [.. Draw.Normal(shape.Count, 2).Select(value => value + Math.CopySign(0.5, value))]);
        return op is Scale ? [a] : [a, b];
    }
}
