using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and null for an array that is not wanted.
internal partial struct BlendForward<T, R>
{
    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void RunTile(int tile)
    {
        (int i, int end) = ElementTiles.Range(tile, Count);
        if (Vector512.IsHardwareAccelerated)
            i = Run<Vector512<T>, Lanes512<T>>(i, end);
        else
            i = Run<Vector256<T>, Lanes256<T>>(i, end);
        Run<T, SingleLane<T, R>>(i, end);
    }

    private readonly unsafe int Run<V, L>(int i, int end) where V : struct where L : struct, ILanes<T, V>
    {
        T* a = A.Pointer(), b = B.Pointer(), gate = Gate.Pointer(), y = Y.Pointer();
        for (; i <= end - L.Count; i += L.Count)
        {
            V g = L.Load(gate + i);
            V rest = Weighted.Product<V, L>(L.Subtract(L.Of(1), g), L.Load(b + i));
            L.Store(y + i, Weighted.Choose<V, L>(g, L.MultiplyAdd(g, L.Load(a + i), rest), rest));
        }
        return i;
    }
}

internal partial struct BlendBackward<T, R>
{
    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void RunTile(int tile)
    {
        (int i, int end) = ElementTiles.Range(tile, Count);
        if (Vector512.IsHardwareAccelerated)
            i = Run<Vector512<T>, Lanes512<T>>(i, end);
        else
            i = Run<Vector256<T>, Lanes256<T>>(i, end);
        Run<T, SingleLane<T, R>>(i, end);
    }

    private readonly unsafe int Run<V, L>(int i, int end) where V : struct where L : struct, ILanes<T, V>
    {
        T* a = A.Pointer(), b = B.Pointer(), gate = Gate.Pointer(), gradients = OutputGradient.Pointer();
        T* da = AGradient.Pointer(), db = BGradient.Pointer(), dgate = GateGradient.Pointer();
        for (; i <= end - L.Count; i += L.Count)
        {
            V g = L.Load(gate + i), dy = L.Load(gradients + i);
            if (da != null)
                L.Store(da + i, Weighted.Product<V, L>(g, dy));
            if (db != null)
                L.Store(db + i, Weighted.Product<V, L>(L.Subtract(L.Of(1), g), dy));
            if (dgate != null)
                L.Store(dgate + i, L.Multiply(dy, L.Subtract(L.Load(a + i), L.Load(b + i))));
        }
        return i;
    }
}
