namespace GpuPool.Kernels.Ops;

/// <summary>Sum over axes, which stay with extent 1: what <see cref="Broadcast"/> is backwards.</summary>
/// <remarks>
/// Equation: y[i',j',...] = sum of x[i,j,...] over the axes that y has with extent 1. Gradient: dx is dy, repeated along these axes.
/// Shapes: y is <paramref name="Target"/>, as x but with 1 for any extents; up to four axes. Errors: ShapeException where that does not hold.
/// </remarks>
/// <param name="Target">Shape of y.</param>
public sealed record Sum(Shape Target) : Op
{
    /// <summary>The sum of an array of this shape over some axes, of which negative ones count from the end; over all if none is named.</summary>
    /// <exception cref="ShapeException">It has no such axis.</exception>
    public static Sum Over(Shape x, params ReadOnlySpan<int> axes)
    {
        int[] extents = [.. x.Extents];
        foreach (int axis in axes)
            extents[Bands.Of(nameof(Sum), "x", x, axis).Axis] = 1;
        if (axes.IsEmpty)
            Array.Fill(extents, 1);
        return new Sum(new Shape(extents));
    }

    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Require.That(BroadcastAxes.Fit(Target, inputs[0]), Name, "x", inputs[0], $"of up to four axes, to become {Target} with 1 for those that are summed");
        return Target;
    }

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new BroadcastBackward<T>
    {
        OutputGradient = call.Input(0).View<T>(),
        Gradient = call.Output.View<T>(),
        Axes = BroadcastAxes.Of(Target, call.Input(0).Shape),
    });

    internal override void Backward<T, R>(BackwardCall call) => call.Device.Launch(new BroadcastForward<T>
    {
        X = call.OutputGradient.View<T>(),
        Y = call.Gradient(0).View<T>(),
        Axes = BroadcastAxes.Of(Target, call.Input(0).Shape),
    });
}
