using System.Numerics;
using System.Numerics.Tensors;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>An array times one number that is not learned.</summary>
/// <remarks>Equation: y = factor x. Gradient: dx = factor dy. Shapes: x, y are equal, of any rank.</remarks>
/// <param name="Factor">The number.</param>
public sealed record Scale(double Factor) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        return inputs[0];
    }

    /// <inheritdoc/>
    public override OutputMemory Memory => OutputMemory.InPlace;

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Kept;

    internal override void Forward<T, R>(ForwardCall call) => Launch<T, R>(call.Input(0), call.Output, Factor);

    internal override void Backward<T, R>(BackwardCall call) => Launch<T, R>(call.OutputGradient, call.Gradient(0), Factor);

    internal static void Launch<T, R>(DeviceArray x, DeviceArray y, double factor) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        y.Device.Launch(new ScaleForward<T> { X = x.View<T>(), Y = y.View<T>(), Factor = R.Of(factor) });
}

/// <summary>One thread: one element of y.</summary>
internal struct ScaleForward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, Y;
    public T Factor;

    public readonly int Count => Y.IntLength;

    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void Run(int index) => Y[index] = X[index] * Factor;

    // Assumes what Views.Pointer promises: host memory.
    public readonly unsafe void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, Count);
        TensorPrimitives.Multiply(new ReadOnlySpan<T>(X.Pointer() + start, end - start), Factor, new Span<T>(Y.Pointer() + start, end - start));
    }
}
