using System.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Sum of two arrays of one shape: a residual connection.</summary>
/// <remarks>Equation: y = a + b. Gradient: da = db = dy, without a copy.</remarks>
public sealed record Add : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 2);
        Require.Same(Name, "b", inputs[1], inputs[0], "the shape of a");
        return inputs[0];
    }

    /// <inheritdoc/>
    public override OutputMemory Memory => OutputMemory.InPlace;

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Kept;

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new AddForward<T>
    {
        A = call.Input(0).View<T>(),
        B = call.Input(1).View<T>(),
        Y = call.Output.View<T>(),
    });

    internal override void Backward<T, R>(BackwardCall call)
    {
        for (int index = 0; index < 2; index++)
        {
            if (call.Wants(index))
                call.Pass(index);
        }
    }
}

/// <summary>One thread: one element of y.</summary>
internal partial struct AddForward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> A, B, Y;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index) => Y[index] = A[index] + B[index];
}
