using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Tests.Autograd;

/// <summary>When a backward pass tells that the gradient of a leaf is final.</summary>
public sealed class FinalGradientTests
{
    private ArrayScope _scope = null!;

    [SetUp]
    public void Open() => _scope = Devices.Cpu.OpenScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void Leaves_are_told_of_from_the_last_op_to_the_first_before_the_pass_goes_on()
    {
        Parameter a = Leaf(1), b = Leaf(2), c = Leaf(3);
        var alone = new List<bool>();
        Assert.That(Told(a.Exp().Multiply(b).Add(c), _ => alone.Add(a.Gradient is null)), Is.EqualTo(new[] { c, b, a }));
        Assert.That(alone, Is.EqualTo(new[] { true, true, false }));
    }

    [Test]
    public void A_leaf_of_two_ops_or_of_two_operands_is_told_of_once_with_all_of_its_gradient()
    {
        Parameter a = Leaf(2), b = Leaf(3);
        // a^2 exp(a) + b, in which the square is recorded first and so visited last.
        Tensor y = a.Multiply(a).Multiply(a.Exp()).Add(b);
        double told = 0;
        Assert.That(Told(y, leaf => told = leaf == a ? a.Gradient!.ToDoubles()[0] : told), Is.EqualTo(new[] { b, a }));
        Assert.That(told, Is.EqualTo((2 * 2 + 2 * 2) * Math.Exp(2)).Within(1e-12));
        Assert.That(a.Gradient!.ToDoubles()[0], Is.EqualTo(told));
    }

    [Test]
    public void An_intermediate_that_retains_its_gradient_is_no_leaf()
    {
        Parameter a = Leaf(1);
        Tensor middle = a.Exp();
        middle.RetainGradient();
        Assert.That(Told(middle.Exp()), Is.EqualTo(new[] { a }));
        Assert.That(middle.Gradient, Is.Not.Null);
    }

    [Test]
    public void A_leaf_that_no_gradient_reaches_is_not_told_of()
    {
        Parameter rows = Leaf(1), index = Leaf(0), frozen = Leaf(1), unused = Leaf(1);
        frozen.RequiresGradient = false;
        Assert.That(Told(rows.Multiply(frozen).Gather(index)), Is.EqualTo(new[] { rows }));
        Assert.That(new[] { index.Gradient, frozen.Gradient, unused.Gradient }, Is.All.Null);
    }

    [Test]
    public void A_leaf_that_is_also_used_where_no_gradient_arrives_is_told_of_at_the_end()
    {
        Parameter rows = Leaf(1), both = Leaf(0);
        Assert.That(Told(rows.Gather(both.Scale(1)).Multiply(both)), Is.EqualTo(new[] { rows, both }));
    }

    [Test]
    public void A_gradient_of_several_passes_is_told_of_in_each_with_the_sum_so_far()
    {
        Parameter a = Leaf(1);
        var sums = new List<double>();
        for (int pass = 0; pass < 2; pass++)
            Told(a.Scale(3), _ => sums.Add(a.Gradient!.ToDoubles()[0]));
        Assert.That(sums, Is.EqualTo(new[] { 3.0, 6 }));
    }

    [Test]
    public void What_is_thrown_ends_the_pass()
    {
        Tensor y = Leaf(1).Exp();
        Assert.That(() => y.Backward(whenFinal: _ => throw new TimeoutException()), Throws.TypeOf<TimeoutException>());
    }

    private static List<Tensor> Told(Tensor y, Action<Tensor>? also = null)
    {
        var told = new List<Tensor>();
        y.Backward(whenFinal: leaf =>
        {
            told.Add(leaf);
            also?.Invoke(leaf);
        });
        return told;
    }

    private static Parameter Leaf(double value) => new(Devices.Cpu.Upload(new Shape(1), [value]));
}
