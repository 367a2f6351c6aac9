using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

/// <summary>Products of elements, and of matrices.</summary>
public sealed class ProductTests
{
    [Test]
    public void Gradient_equals_differences([Values] ProductForm form) => OpCheck.Gradients(() => new BatchProduct(form), A(form, 2, 4, 3), B(form, 2, 3, 5));

    [Test]
    public void Matrices_that_do_not_fit_are_refused() =>
        Assert.That(() => new BatchProduct().Infer([new Shape(2, 3, 4), new Shape(2, 3, 4)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "BatchProduct: b must be of N = 2 matrices with K = 4, as a has, but is (2, 3, 4)."));

    [Test]
    public void Elements_are_multiplied()
    {
        var shape = new Shape(3, 7);
        double[] a = Draw.Normal(21, 1), b = Draw.Normal(21, 2);
        Assert.That(OpCheck.Forward(new Multiply(), (shape, a), (shape, b)), Is.EqualTo(a.Zip(b, (x, y) => x * y)));
        OpCheck.Gradients(() => new Multiply(), (shape, a), (shape, b));
        Assert.That(() => new Multiply().Infer([shape, new Shape(7, 3)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Multiply: b must be the shape of a = (3, 7), but is (7, 3)."));
    }

    private static (Shape, double[]) A(ProductForm form, int pairs, int rows, int depth) =>
        (form == ProductForm.FirstTransposed ? new Shape(pairs, depth, rows) : new Shape(pairs, rows, depth), Draw.Normal(pairs * rows * depth, 3));

    private static (Shape, double[]) B(ProductForm form, int pairs, int depth, int columns) =>
        (form == ProductForm.SecondTransposed ? new Shape(pairs, columns, depth) : new Shape(pairs, depth, columns), Draw.Normal(pairs * depth * columns, 4));
}
