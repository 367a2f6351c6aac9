using System.Numerics;
using System.Numerics.Tensors;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Product of two arrays of one shape, element by element: a gate.</summary>
/// <remarks>Equation: y = a b. Gradient: da = dy b, db = dy a.</remarks>
public sealed record Multiply : Op
{
    /// <summary>Overwrites a with a b, outside of any graph: the mask of a weight.</summary>
    /// <exception cref="ShapeException">The two differ in shape.</exception>
    public static void InPlace(DeviceArray a, DeviceArray b)
    {
        Require.Same(nameof(Multiply), "b", b.Shape, a.Shape, "the shape of a");
        if (a.DType == DType.Float32)
            Launch<float>(a, b, a);
        else
            Launch<double>(a, b, a);
    }

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
        for (int index = 0; index < 2; index++)
        {
            if (call.Wants(index))
                Launch<T>(call.OutputGradient, call.Input(1 - index), call.Gradient(index));
        }
    }

    private static void Launch<T>(DeviceArray a, DeviceArray b, DeviceArray y) where T : unmanaged, INumber<T> =>
        y.Device.Launch(new MultiplyForward<T> { A = a.View<T>(), B = b.View<T>(), Y = y.View<T>() });
}

/// <summary>One thread: one element of y.</summary>
internal struct MultiplyForward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> A, B, Y;

    public readonly int Count => Y.IntLength;

    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void Run(int index) => Y[index] = A[index] * B[index];

    // Assumes what Views.Pointer promises: host memory.
    public readonly unsafe void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, Count);
        int length = end - start;
        TensorPrimitives.Multiply(new ReadOnlySpan<T>(A.Pointer() + start, length), new ReadOnlySpan<T>(B.Pointer() + start, length), new Span<T>(Y.Pointer() + start, length));
    }
}
