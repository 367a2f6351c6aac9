using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class BroadcastTests
{
    private static IEnumerable<TestCaseData> Cases()
    {
        yield return new(new Shape(1, 1, 1, 1), new Shape(2, 5, 3, 17));
        yield return new(new Shape(2, 1, 1, 17), new Shape(2, 5, 3, 17));
        yield return new(new Shape(1, 5, 1, 3), new Shape(2, 5, 1, 3));
        yield return new(new Shape(3, 3, 1), new Shape(3, 3, 24));
        yield return new(new Shape(1), new Shape(7));
        yield return new(new Shape(2, 3), new Shape(2, 3));
    }

    [TestCaseSource(nameof(Cases))]
    public void Gradient_equals_differences(Shape source, Shape target) => OpCheck.Gradients(() => new Broadcast(target), Input(source));

    [Test]
    public void Elements_are_repeated_along_single_axes()
    {
        Assert.That(OpCheck.Forward(new Broadcast(new Shape(2, 3)), (new Shape(2, 1), [1, 2])), Is.EqualTo(new[] { 1, 1, 1, 2, 2, 2 }));
        Assert.That(OpCheck.Forward(new Broadcast(new Shape(2, 3)), (new Shape(1, 3), [1, 2, 3])), Is.EqualTo(new[] { 1, 2, 3, 1, 2, 3 }));
    }

    [Test]
    public void Other_extents_are_refused() =>
        Assert.That(() => new Broadcast(new Shape(2, 3)).Infer([new Shape(2, 2)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Broadcast: x must be (2, 3) with 1 for any of up to four extents, but is (2, 2)."));

    private static (Shape, double[]) Input(Shape shape) => (shape, Draw.Normal(shape.Count, 1));
}
