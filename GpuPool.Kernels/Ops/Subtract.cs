using System.Numerics;
using System.Numerics.Tensors;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Difference of two arrays of one shape.</summary>
/// <remarks>Equation: y = a - b. Gradient: da = dy, without a copy; db = -dy.</remarks>
public sealed record Subtract : Op
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

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new SubtractForward<T>
    {
        A = call.Input(0).View<T>(),
        B = call.Input(1).View<T>(),
        Y = call.Output.View<T>(),
    });

    internal override void Backward<T, R>(BackwardCall call)
    {
        if (call.Wants(0))
            call.Pass(0);
        if (call.Wants(1))
            Scale.Launch<T, R>(call.OutputGradient, call.Gradient(1), -1);
    }
}

/// <summary>One thread: one element of y.</summary>
internal struct SubtractForward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> A, B, Y;

    public readonly int Count => Y.IntLength;

    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void Run(int index) => Y[index] = A[index] - B[index];

    // Assumes what Views.Pointer promises: host memory.
    public readonly unsafe void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, Count);
        int length = end - start;
        TensorPrimitives.Subtract(new ReadOnlySpan<T>(A.Pointer() + start, length), new ReadOnlySpan<T>(B.Pointer() + start, length), new Span<T>(Y.Pointer() + start, length));
    }
}
