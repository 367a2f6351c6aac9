using System.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Which of the two matrices of a product is transposed.</summary>
public enum ProductForm
{
    /// <summary>a b</summary>
    Plain,

    /// <summary>a b^T</summary>
    SecondTransposed,

    /// <summary>a^T b</summary>
    FirstTransposed,
}

/// <summary>Matrix product of each pair in a batch.</summary>
/// <remarks>
/// Equation: y[n] = a[n] b[n], with a or b transposed as <paramref name="Form"/> says. Gradient: a product of dy and the other operand, for each form one of the
/// three. Nothing is saved.
/// Shapes: a (N, M, K), b (N, K, P), y (N, M, P); a transposed operand has its last two extents exchanged.
/// Errors: ShapeException where that does not hold. One launch a pair: meant for few, large matrices.
/// </remarks>
/// <param name="Form">Which operand is transposed.</param>
public sealed record BatchProduct(ProductForm Form = ProductForm.Plain) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 2);
        (Shape a, Shape b) = (inputs[0], inputs[1]);
        Require.Rank(Name, "a", a, Form == ProductForm.FirstTransposed ? "N, K, M" : "N, M, K");
        Require.Rank(Name, "b", b, Form == ProductForm.SecondTransposed ? "N, P, K" : "N, K, P");
        (int rows, int depth) = Form == ProductForm.FirstTransposed ? (a[2], a[1]) : (a[1], a[2]);
        (int columns, int otherDepth) = Form == ProductForm.SecondTransposed ? (b[1], b[2]) : (b[2], b[1]);
        Require.That(a[0] == b[0] && depth == otherDepth, Name, "b", b, $"of N = {a[0]} matrices with K = {depth}, as a has");
        return new Shape(a[0], rows, columns);
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputs) => (long)inputs[0].Count * Infer([.. inputs])[2];

    /// <inheritdoc/>
    public override CostPart Part => CostPart.Attention;

    internal override void Forward<T, R>(ForwardCall call) => Run<T>(Form, call.Input(0), call.Input(1), call.Output);

    internal override void Backward<T, R>(BackwardCall call)
    {
        (DeviceArray a, DeviceArray b, DeviceArray dy) = (call.Input(0), call.Input(1), call.OutputGradient);
        if (call.Wants(0))
        {
            DeviceArray da = call.Gradient(0);
            switch (Form)
            {
                case ProductForm.Plain: Run<T>(ProductForm.SecondTransposed, dy, b, da); break;
                case ProductForm.SecondTransposed: Run<T>(ProductForm.Plain, dy, b, da); break;
                case ProductForm.FirstTransposed: Run<T>(ProductForm.SecondTransposed, b, dy, da); break;
            }
        }
        if (call.Wants(1))
        {
            DeviceArray db = call.Gradient(1);
            switch (Form)
            {
                case ProductForm.Plain: Run<T>(ProductForm.FirstTransposed, a, dy, db); break;
                case ProductForm.SecondTransposed: Run<T>(ProductForm.FirstTransposed, dy, a, db); break;
                case ProductForm.FirstTransposed: Run<T>(ProductForm.Plain, a, dy, db); break;
            }
        }
    }

    // The three products are those of a linear layer: its output, the gradient of its input, the gradient of its weight.
    private static void Run<T>(ProductForm form, DeviceArray a, DeviceArray b, DeviceArray y) where T : unmanaged, INumber<T>
    {
        for (int pair = 0; pair < y.Shape[0]; pair++)
        {
            ArrayView<T> first = Matrix<T>(a, pair), second = Matrix<T>(b, pair), product = Matrix<T>(y, pair);
            switch (form)
            {
                case ProductForm.Plain: Convolution.Forward(y.Device, first, second, default, product, new(a.Shape[1], a.Shape[2], b.Shape[2])); break;
                case ProductForm.SecondTransposed: Convolution.BackwardInput(y.Device, first, second, product, new(a.Shape[1], b.Shape[1], a.Shape[2])); break;
                case ProductForm.FirstTransposed: Convolution.BackwardWeight(y.Device, first, second, product, new(a.Shape[1], a.Shape[2], b.Shape[2])); break;
            }
        }
    }

    private static ArrayView<T> Matrix<T>(DeviceArray batch, int index) where T : unmanaged
    {
        int length = batch.Shape[1] * batch.Shape[2];
        return batch.View<T>().SubView(index * length, length);
    }
}
