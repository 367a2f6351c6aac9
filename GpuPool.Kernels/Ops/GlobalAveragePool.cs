using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Ops;

/// <summary>Mean of each channel over the whole map, before a classifier: average pooling with one window.</summary>
/// <remarks>
/// Equation: y[n,c] = sum over i, j of x[n,i,j,c] / (H W). Gradient: dx[n,i,j,c] = dy[n,c] / (H W).
/// Shapes: x (N, H, W, C), y (N, C).
/// Errors: ShapeException for another rank or an empty map.
/// </remarks>
public sealed record GlobalAveragePool : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Shape x = inputs[0];
        Require.Rank(Name, "x", x, "N, H, W, C");
        Require.That(x[1] > 0 && x[2] > 0, Name, "x", x, "(N, H, W, C) with H, W >= 1", ShapeFault.TooSmall);
        return new Shape(x[0], x[3]);
    }

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Kept;

    internal override void Forward<T, R>(ForwardCall call) => AveragePool2d.Forward<T, R>(call, new(MapWindows.Whole(call.Input(0).Shape), CountsPadding: 1));

    internal override void Backward<T, R>(BackwardCall call) => AveragePool2d.Backward<T, R>(call, new(MapWindows.Whole(call.Input(0).Shape), CountsPadding: 1));
}
