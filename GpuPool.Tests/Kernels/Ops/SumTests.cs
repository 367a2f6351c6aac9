using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class SumTests
{
    private static readonly Shape Map = new(2, 5, 3, 17);

    private static IEnumerable<int[]> Axes => [[], [0], [1, 2], [-1], [0, 1, 2], [3, 0]];

    [TestCaseSource(nameof(Axes))]
    public void Host_body_equals_portable_body(params int[] axes) => OpCheck.HostEqualsPortable(() => Sum.Over(Map, axes), Input(Map));

    [TestCaseSource(nameof(Axes))]
    public void Output_equals_a_plain_sum(params int[] axes)
    {
        double[] x = Input(Map).Values;
        bool[] summed = [.. Enumerable.Range(0, 4).Select(axis => axes.Length == 0 || axes.Contains(axis) || axes.Contains(axis - 4))];
        int[] extents = [2, 5, 3, 17];
        double[] expected = new double[Sum.Over(Map, axes).Target.Count];
        for (int i = 0; i < x.Length; i++)
        {
            int[] place = [i / 255, i / 51 % 5, i / 17 % 3, i % 17];
            int target = Enumerable.Range(0, 4).Aggregate(0, (index, axis) => summed[axis] ? index : index * extents[axis] + place[axis]);
            expected[target] += x[i];
        }
        Assert.That(OpCheck.Forward(Sum.Over(Map, axes), Input(Map)), Is.EqualTo(expected).Within(1e-12));
    }

    [TestCaseSource(nameof(Axes))]
    public void Gradient_equals_differences(params int[] axes) =>
        OpCheck.Gradients(() => Sum.Over(new Shape(2, 3, 2, 3), axes), new GradientCheck(Absolute: 1e-8, Relative: 1e-6), Input(new Shape(2, 3, 2, 3)));

    [Test]
    public void The_mean_divides_by_what_is_summed()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor x = Tensor.Leaf(Devices.Cpu.Upload(new Shape(2, 3), [1, 2, 3, 4, 5, 9]), requiresGradient: true);
        Assert.That(x.Mean(1).Value.ToDoubles(), Is.EqualTo(new[] { 2.0, 6 }));
        Tensor mean = x.Mean();
        Assert.That(mean.Value.ToDoubles(), Is.EqualTo(new[] { 4.0 }));
        mean.Backward(Devices.Cpu.Upload(new Shape(1, 1), [3f]));
        Assert.That(x.Gradient!.ToDoubles(), Is.All.EqualTo(0.5).Within(1e-7));
    }

    [Test]
    public void An_empty_axis_sums_to_zero() => Assert.That(OpCheck.Forward(Sum.Over(new Shape(2, 0), 1), (new Shape(2, 0), [])), Is.EqualTo(new double[2]));

    [Test]
    public void An_absent_axis_and_another_target_are_refused()
    {
        Assert.That(() => Sum.Over(new Shape(2, 3), 2), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Sum: x must be a shape with an axis 2, but is (2, 3)."));
        Assert.That(() => new Sum(new Shape(2, 1)).Infer([new Shape(3, 3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Sum: x must be of up to four axes, to become (2, 1) with 1 for those that are summed, but is (3, 3)."));
    }

    private static (Shape Shape, double[] Values) Input(Shape shape) => (shape, Draw.Normal(shape.Count, 1));
}
