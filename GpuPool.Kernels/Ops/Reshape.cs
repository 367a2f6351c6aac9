namespace GpuPool.Kernels.Ops;

/// <summary>The same elements in the same order under another shape; nothing is copied.</summary>
/// <remarks>Equation: y = x. Gradient: dx = dy. Shapes: any of as many elements.</remarks>
/// <param name="Target">Shape of y.</param>
public sealed record Reshape(Shape Target) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Require.That(inputs[0].Count == Target.Count, Name, "x", inputs[0], $"of {Target.Count} elements, to become {Target}");
        return Target;
    }

    /// <inheritdoc/>
    public override OutputMemory Memory => OutputMemory.Shared;

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) =>
        inputs[0].Rank > 0 && Target.Rank > 0 && inputs[0].Channels == Target.Channels ? ChannelRole.Kept : ChannelRole.Fixed;

    internal override void Forward<T, R>(ForwardCall call) => call.Output = call.Input(0).Share(Target);

    internal override void Backward<T, R>(BackwardCall call) => call.Pass(0);
}
