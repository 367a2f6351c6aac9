using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

/// <summary>Products of elements, and of matrices.</summary>
public sealed class ProductTests
{
    private static IEnumerable<TestCaseData> Products =>
        from form in Enum.GetValues<ProductForm>()
        from sizes in new[] { (1, 1, 1, 1), (2, 5, 3, 7), (3, 17, 33, 2), (1, 40, 9, 20) }
        select new TestCaseData(form, sizes.Item1, sizes.Item2, sizes.Item3, sizes.Item4);

    [TestCaseSource(nameof(Products))]
    public void Each_pair_is_multiplied(ProductForm form, int pairs, int rows, int depth, int columns)
    {
        (Shape Shape, double[] Values) a = A(form, pairs, rows, depth), b = B(form, pairs, depth, columns);
        double[] expected = [.. from pair in Enumerable.Range(0, pairs)
                                from row in Enumerable.Range(0, rows)
                                from column in Enumerable.Range(0, columns)
                                select Enumerable.Range(0, depth).Sum(k =>
                                    a.Values[pair * rows * depth + (form == ProductForm.FirstTransposed ? k * rows + row : row * depth + k)]
                                    * b.Values[pair * columns * depth + (form == ProductForm.SecondTransposed ? column * depth + k : k * columns + column)])];
        Assert.That(OpCheck.Forward(new BatchProduct(form), a, b), Is.EqualTo(expected).Within(1e-12));
        OpCheck.HostEqualsPortable(() => new BatchProduct(form), a, b);
    }

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
        OpCheck.HostEqualsPortable(() => new Multiply(), (shape, a), (shape, b));
        OpCheck.Gradients(() => new Multiply(), (shape, a), (shape, b));
        Assert.That(() => new Multiply().Infer([shape, new Shape(7, 3)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "Multiply: b must be the shape of a = (3, 7), but is (7, 3)."));
    }

    private static (Shape, double[]) A(ProductForm form, int pairs, int rows, int depth) =>
        (form == ProductForm.FirstTransposed ? new Shape(pairs, depth, rows) : new Shape(pairs, rows, depth), Draw.Normal(pairs * rows * depth, 3));

    private static (Shape, double[]) B(ProductForm form, int pairs, int depth, int columns) =>
        (form == ProductForm.SecondTransposed ? new Shape(pairs, columns, depth) : new Shape(pairs, depth, columns), Draw.Normal(pairs * depth * columns, 4));
}
