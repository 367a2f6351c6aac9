using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class UnitNormTests
{
    private static readonly Shape[] _shapes = [new(5), new(3, 17), new(2, 4, 40)];

    [TestCaseSource(nameof(_shapes))]
    public void Gradient_equals_differences(Shape shape) => OpCheck.Gradients(() => new UnitNorm(), (shape, Draw.Normal(shape.Count, 2)));

    [Test]
    public void Rows_keep_their_direction_and_get_length_one() =>
        Assert.That(OpCheck.Forward(new UnitNorm(), (new Shape(2, 2), [3, -4, 0.5, 0])), Is.EqualTo(new[] { 0.6, -0.8, 1, 0 }).Within(1e-15));

    [Test]
    public void A_row_of_zeros_stays_and_passes_its_gradient_on()
    {
        (Shape, double[]) x = (new Shape(2), [0, 0]);
        Assert.That(OpCheck.Forward(new UnitNorm(0.5), x), Is.All.Zero);
        Assert.That(OpCheck.Backward(new UnitNorm(0.5), [1, 2], x)[0], Is.EqualTo(new[] { 2.0, 4 }));
    }

    [Test]
    public void Scalars_are_refused() =>
        Assert.That(() => new UnitNorm().Infer([Shape.Scalar]), Throws.TypeOf<ShapeException>().With.Message.EqualTo("UnitNorm: x must be (..., C) with C >= 1, but is ()."));
}
