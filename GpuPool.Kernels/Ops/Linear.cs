using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Ops;

/// <summary>Product of rows with a matrix: a linear layer, or, without a bias, the plain matrix product.</summary>
/// <remarks>
/// Equation: y[m,o] = b[o] + sum_i x[m,i] w[i,o]. Gradient: dx = dy w^T, dw = x^T dy, db[o] = sum_m dy[m,o]. Nothing is saved.
/// Shapes: x (..., I) with any axes before the last; w (I, O), the transpose of PyTorch's; b (O) or absent; y (..., O).
/// </remarks>
public sealed record Linear : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 3);
        Require.That(inputs[0].Rank >= 1, Name, "x", inputs[0], "(..., I)");
        Require.Rank(Name, "w", inputs[1], "I, O");
        Require.Same(Name, "w", inputs[1], new Shape(inputs[0].Channels, inputs[1][1]), "(I, O)");
        if (inputs.Length == 3)
            Require.Same(Name, "b", inputs[2], new Shape(inputs[1][1]), "(O)");
        return inputs[0].WithChannels(inputs[1][1]);
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputs) => (long)inputs[0].Count * inputs[1].Channels;

    /// <inheritdoc/>
    public override CostPart Part => CostPart.Linear;

    internal override void Forward<T, R>(ForwardCall call) => Convolution.Forward<T>(call, Geometry(call.Input(0), call.Input(1)));

    internal override void Backward<T, R>(BackwardCall call) => Convolution.Backward<T>(call, Geometry(call.Input(0), call.Input(1)));

    private static ConvolutionGeometry Geometry(DeviceArray x, DeviceArray w) => new(x.Shape.Rows, w.Shape[0], w.Shape[1]);
}
