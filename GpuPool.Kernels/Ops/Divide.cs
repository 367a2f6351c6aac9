using System.Numerics;
using System.Numerics.Tensors;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Quotient of two arrays of one shape, element by element.</summary>
/// <remarks>Equation: y = a / b. Gradient: da = dy / b, db = -dy y / b. A divisor of 0 gives what IEEE arithmetic makes of it.</remarks>
public sealed record Divide : Op
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
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => operand == 0 ? ChannelRole.Kept : ChannelRole.Weighs;

    internal override void Forward<T, R>(ForwardCall call) => Launch<T>(call.Input(0), call.Input(1), call.Output);

    internal override void Backward<T, R>(BackwardCall call)
    {
        if (call.Wants(0))
            Launch<T>(call.OutputGradient, call.Input(1), call.Gradient(0));
        if (!call.Wants(1))
            return;
        call.Device.Launch(new DivisorBackward<T>
        {
            B = call.Input(1).View<T>(),
            Y = call.Output.View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.Gradient(1).View<T>(),
        });
    }

    private static void Launch<T>(DeviceArray a, DeviceArray b, DeviceArray y) where T : unmanaged, INumber<T> =>
        y.Device.Launch(new DivideForward<T> { A = a.View<T>(), B = b.View<T>(), Y = y.View<T>() });
}

/// <summary>One thread: one element of y.</summary>
internal struct DivideForward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> A, B, Y;

    public readonly int Count => Y.IntLength;

    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void Run(int index) => Y[index] = A[index] / B[index];

    // Assumes what Views.Pointer promises: host memory.
    public readonly unsafe void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, Count);
        int length = end - start;
        TensorPrimitives.Divide(new ReadOnlySpan<T>(A.Pointer() + start, length), new ReadOnlySpan<T>(B.Pointer() + start, length), new Span<T>(Y.Pointer() + start, length));
    }
}

/// <summary>One thread: one element of db.</summary>
internal struct DivisorBackward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> B, Y, OutputGradient, Gradient;

    public readonly int Count => Gradient.IntLength;

    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void Run(int index) => Gradient[index] = -(OutputGradient[index] * Y[index]) / B[index];

    // Assumes what Views.Pointer promises: host memory.
    public readonly unsafe void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, Count);
        int length = end - start;
        var db = new Span<T>(Gradient.Pointer() + start, length);
        TensorPrimitives.Multiply(new ReadOnlySpan<T>(OutputGradient.Pointer() + start, length), new ReadOnlySpan<T>(Y.Pointer() + start, length), db);
        TensorPrimitives.Divide(db, new ReadOnlySpan<T>(B.Pointer() + start, length), db);
        TensorPrimitives.Negate(db, db);
    }
}
