using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class ElementLossTests
{
    [Test]
    public void Gradient_equals_differences([Values] ElementLossFunction function, [Values(0, 0.3, 1)] double beta, [Values] bool weighted)
    {
        var shape = new Shape(3, 7);
        Tensor Loss(Tensor[] x)
        {
            Tensor target = Leaf(shape, [.. Draw.Normal(21, 2).Select(value => Math.Clamp(value, 0, 1))]);
            var op = new ElementLoss(function, beta);
            return weighted ? Tape.Record(op, x[0], target, Leaf(shape, [.. Draw.Normal(21, 3).Select(value => value < 0 ? 0 : value)])) : Tape.Record(op, x[0], target);
        }
        void Check() => Assert.That(new GradientCheck().Run(Devices.Cpu, Loss, (shape, Draw.Normal(21, 1, deviation: 2))), Is.Null);
        Check();
        OpCheck.Portable(Check);
    }

    [TestCase(0.5, 1, 0.125)]
    [TestCase(1, 1, 0.5)]
    [TestCase(-3, 1, 2.5)]
    [TestCase(0.1, 0.5, 0.01)]
    [TestCase(-0.25, 0, 0.25)]
    [TestCase(0, 0, 0)]
    public void Smooth_l1_is_square_near_zero_and_straight_from_beta_on(double x, double beta, double expected) =>
        Assert.That(Value(new ElementLoss(ElementLossFunction.SmoothL1, beta), x, 0), Is.EqualTo(expected).Within(1e-15));

    [Test]
    public void The_absolute_difference_has_slope_zero_at_zero() => Assert.That(Slope(new ElementLoss(ElementLossFunction.SmoothL1, 0), 2, 2), Is.Zero);

    [TestCase(1000, 1, 0, 0)]
    [TestCase(1000, 0, 1000, 1)]
    [TestCase(-1000, 0, 0, 0)]
    [TestCase(-1000, 1, 1000, -1)]
    [TestCase(1000, 0.25, 750, 0.75)]
    [TestCase(double.PositiveInfinity, 1, 0, 0)]
    [TestCase(double.NegativeInfinity, 0, 0, 0)]
    [TestCase(double.PositiveInfinity, 0, double.PositiveInfinity, 1)]
    [TestCase(double.NegativeInfinity, 1, double.PositiveInfinity, -1)]
    public void Extreme_logits_neither_overflow_nor_vanish(double logit, double target, double loss, double slope)
    {
        var op = new ElementLoss(ElementLossFunction.BinaryCrossEntropy);
        void Check()
        {
            Assert.That(Value(op, logit, target), Is.EqualTo(loss));
            Assert.That(Slope(op, logit, target), Is.EqualTo(slope));
        }
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void A_sure_logit_that_is_right_costs_as_little_as_it_should() =>
        Assert.That(Value(new ElementLoss(ElementLossFunction.BinaryCrossEntropy), 30, 1), Is.EqualTo(9.357622968839737e-14).Within(1e-28));

    [Test]
    public void The_slope_of_a_sure_logit_keeps_its_digits() =>
        Assert.That(Slope(new ElementLoss(ElementLossFunction.BinaryCrossEntropy), 30, 1), Is.EqualTo(-9.357622968839299e-14).Within(1e-27));

    [Test]
    public void An_element_of_weight_zero_takes_no_part([Values] ElementLossFunction function, [Values(1, 20)] int count)
    {
        void Check()
        {
            double[] x = [.. Enumerable.Repeat(double.PositiveInfinity, count)], nan = [.. Enumerable.Repeat(double.NaN, count)];
            using ArrayScope scope = Devices.Cpu.OpenScope();
            Tensor leaf = Leaf(new Shape(count), x);
            leaf.RequiresGradient = true;
            Tensor y = Tape.Record(new ElementLoss(function), leaf, Leaf(new Shape(count), nan), Leaf(new Shape(count), new double[count]));
            y.Sum().Backward();
            Assert.That(y.Value.ToDoubles(), Is.All.Zero);
            Assert.That(leaf.Gradient!.ToDoubles(), Is.All.Zero);
            leaf.Gradient.Dispose();
        }
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void Weights_of_another_shape_are_refused() =>
        Assert.That(() => new ElementLoss(ElementLossFunction.Square).Infer([new Shape(2, 3), new Shape(2, 3), new Shape(2)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("ElementLoss: w must be the shape of x = (2, 3), but is (2)."));

    private static Tensor Leaf(Shape shape, double[] values) => Tensor.Leaf(Devices.Cpu.Upload(shape, values));

    private static double Value(Op op, double x, double target) => OpCheck.Forward(op, (new Shape(1), [x]), (new Shape(1), [target]))[0];

    private static double Slope(Op op, double x, double target)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] inputs = [Devices.Cpu.Upload(new Shape(1), [x]), Devices.Cpu.Upload(new Shape(1), [target])];
        return op.Backward(inputs, op.Forward(inputs, keep: true), Devices.Cpu.Upload(new Shape(1), [1.0]), [true, false])[0]!.ToDoubles()[0];
    }
}
