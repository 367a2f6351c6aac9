namespace GpuPool.Kernels.Ops;

/// <summary>A run of indices along an axis.</summary>
/// <remarks>
/// Equation: y[.., i, ..] = x[.., start + i, ..]. Gradient: dx is dy within the run and 0 outside.
/// Shapes: y is x but for the axis, whose extent becomes the length.
/// </remarks>
/// <param name="Axis">The axis; negative ones count from the end.</param>
/// <param name="Start">First index, at least 0.</param>
/// <param name="Length">Number of indices, at least 0.</param>
public sealed record Slice(int Axis, int Start, int Length) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Bands x = Bands.Of(Name, "x", inputs[0], Axis);
        Require.That(Start >= 0 && Length >= 0 && Start <= x.Extent - Length, Name, "x", inputs[0],
            $"a shape with indices {Start} to {Start + Length - 1} on axis {Axis}");
        return x.With(Length);
    }

    internal override void Forward<T, R>(ForwardCall call) =>
        call.Device.Launch(Bands.Of(Name, "x", call.Input(0).Shape, Axis).Copy<T, R>(call.Input(0), Start, call.Output, 0, Length));

    internal override void Backward<T, R>(BackwardCall call)
    {
        Bands dy = Bands.Of(Name, "dy", call.OutputGradient.Shape, Axis);
        call.Device.Launch(dy.Copy<T, R>(call.OutputGradient, -Start, call.Gradient(0), 0, call.Input(0).Shape[Axis]));
    }
}
