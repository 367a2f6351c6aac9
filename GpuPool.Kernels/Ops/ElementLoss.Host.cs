using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory.
internal partial struct ElementLossForward<T, R, F>
{
    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* x = X.Pointer(), target = Target.Pointer(), weights = Weights.Pointer(), y = Y.Pointer();
        V beta = L.Broadcast(Beta);
        (int i, int end) = ElementTiles.Range(tile, Count);
        for (; i <= end - L.Count; i += L.Count)
        {
            V loss = F.Value<V, L>(L.Load(x + i), L.Load(target + i), beta);
            L.Store(y + i, weights is null ? loss : Weighted.Product<V, L>(L.Load(weights + i), loss));
        }
        for (; i < end; i++)
            Run(i);
    }
}

internal partial struct ElementLossBackward<T, R, F>
{
    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* x = X.Pointer(), target = Target.Pointer(), weights = Weights.Pointer(), dy = OutputGradient.Pointer(), dx = Gradient.Pointer();
        V beta = L.Broadcast(Beta);
        (int i, int end) = ElementTiles.Range(tile, Count);
        for (; i <= end - L.Count; i += L.Count)
        {
            V slope = L.Multiply(L.Load(dy + i), F.Slope<V, L>(L.Load(x + i), L.Load(target + i), beta));
            L.Store(dx + i, weights is null ? slope : Weighted.Product<V, L>(L.Load(weights + i), slope));
        }
        for (; i < end; i++)
            Run(i);
    }
}
