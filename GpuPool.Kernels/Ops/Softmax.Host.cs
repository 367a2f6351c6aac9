using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory. A tile is a block of rows.
internal partial struct SoftmaxForward<T, R>
{
    public readonly int Tiles => RowBlocks.Count(Count);

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        (int row, int end) = RowBlocks.Range(tile, Count);
        for (; row < end; row++)
        {
            T* x = X.Pointer() + (long)row * Length, y = Y.Pointer() + (long)row * Length;
            T largest = TensorPrimitives.Max(new ReadOnlySpan<T>(x, Length));
            V shift = L.Broadcast(largest);
            int i = 0;
            for (; i <= Length - L.Count; i += L.Count)
                L.Store(y + i, Elementary<V, L>.Exp(L.Subtract(L.Load(x + i), shift)));
            for (; i < Length; i++)
                y[i] = Elementary<T, R>.Exp(x[i] - largest);
            var values = new Span<T>(y, Length);
            TensorPrimitives.Divide(values, TensorPrimitives.Sum<T>(values), values);
        }
    }
}

internal partial struct SoftmaxBackward<T, R>
{
    public readonly int Tiles => RowBlocks.Count(Count);

    public readonly unsafe void RunTile(int tile)
    {
        (int row, int end) = RowBlocks.Range(tile, Count);
        for (; row < end; row++)
        {
            long first = (long)row * Length;
            ReadOnlySpan<T> y = new(Y.Pointer() + first, Length), dy = new(OutputGradient.Pointer() + first, Length);
            var dx = new Span<T>(Gradient.Pointer() + first, Length);
            TensorPrimitives.Subtract(dy, TensorPrimitives.Dot(dy, y), dx);
            TensorPrimitives.Multiply(dx, y, dx);
        }
    }
}
