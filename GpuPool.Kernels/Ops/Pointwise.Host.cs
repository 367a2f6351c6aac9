using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct PointwiseForward<T, R, F>
{
    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly unsafe void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* x = X.Pointer(), y = Y.Pointer();
        V leak = L.Broadcast(Leak);
        (int i, int end) = ElementTiles.Range(tile, Count);
        for (; i <= end - L.Count; i += L.Count)
            L.Store(y + i, F.Value<V, L>(L.Load(x + i), leak));
        for (; i < end; i++)
            y[i] = F.Value<T, R>(x[i], Leak);
    }
}

internal partial struct PointwiseBackward<T, R, F>
{
    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly unsafe void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* x = X.Pointer(), y = Y.Pointer(), dy = OutputGradient.Pointer(), dx = Gradient.Pointer();
        V leak = L.Broadcast(Leak);
        (int i, int end) = ElementTiles.Range(tile, Count);
        for (; i <= end - L.Count; i += L.Count)
            L.Store(dx + i, L.Multiply(L.Load(dy + i), F.Slope<V, L>(L.Load(x + i), L.Load(y + i), leak)));
        for (; i < end; i++)
            dx[i] = dy[i] * F.Slope<T, R>(x[i], y[i], Leak);
    }
}
