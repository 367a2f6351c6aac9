namespace GpuPool.Kernels.Ops;

/// <summary>Arrays one after another along an axis.</summary>
/// <remarks>
/// Equation: y[.., s + i, ..] = x[.., i, ..], s the sum of the extents of the inputs before x. Gradient: dx is that <see cref="Slice"/> of dy.
/// Shapes: equal but for the axis.
/// </remarks>
/// <param name="Axis">The axis; negative ones count from the end.</param>
public sealed record Concat(int Axis) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, int.MaxValue);
        Bands first = Bands.Of(Name, "input 0", inputs[0], Axis);
        int extent = 0;
        for (int index = 0; index < inputs.Length; index++)
        {
            Require.That(Bands.Of(Name, $"input {index}", inputs[index], Axis).With(first.Extent) == inputs[0], Name, $"input {index}", inputs[index],
                $"{inputs[0]} but for axis {Axis}");
            extent += inputs[index][Axis];
        }
        return first.With(extent);
    }

    internal override void Forward<T, R>(ForwardCall call)
    {
        int start = 0;
        for (int index = 0; index < call.InputCount; start += call.Input(index++).Shape[Axis])
        {
            Bands source = Bands.Of(Name, "x", call.Input(index).Shape, Axis);
            call.Device.Launch(source.Copy<T, R>(call.Input(index), 0, call.Output, start, source.Extent));
        }
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        Bands y = Bands.Of(Name, "dy", call.OutputGradient.Shape, Axis);
        int start = 0;
        for (int index = 0; index < call.InputCount; start += call.Input(index++).Shape[Axis])
        {
            if (call.Wants(index))
                call.Device.Launch(y.Copy<T, R>(call.OutputGradient, start, call.Gradient(index), 0, call.Input(index).Shape[Axis]));
        }
    }
}
