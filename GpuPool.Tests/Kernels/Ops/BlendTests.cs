using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class BlendTests
{
    [TestCase(1)]
    [TestCase(17)]
    [TestCase(300)]
    public void Host_body_equals_portable_body(int count) => OpCheck.HostEqualsPortable(() => new Blend(), Inputs(new Shape(count)));

    [Test]
    public void Gradients_equal_differences() => OpCheck.Gradients(() => new Blend(), Inputs(new Shape(2, 3, 1, 3)));

    [Test]
    public void The_gate_chooses_between_its_ends()
    {
        double[] y = OpCheck.Forward(new Blend(), (new Shape(3), [1, 2, 3]), (new Shape(3), [10, 20, 30]), (new Shape(3), [0, 1, 0.5]));
        Assert.That(y, Is.EqualTo(new[] { 10, 2, 16.5 }));
    }

    [Test]
    public void A_gate_of_another_shape_is_refused() =>
        Assert.That(() => new Blend().Infer([new Shape(2, 3), new Shape(2, 3), new Shape(3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Blend: the gate must be the shape of a = (2, 3), but is (3)."));

    private static (Shape, double[])[] Inputs(Shape shape) => [.. Enumerable.Range(1, 3).Select(seed => (shape, Draw.Normal(shape.Count, seed)))];
}
