using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Updates;

// Assumes what Views.Pointer promises: host memory.
internal partial struct SgdElement<T, R>
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
        T* w = Weight.Pointer(), g = Gradient.Pointer(), v = Velocity.Pointer();
        V rate = L.Broadcast(Rate), momentum = L.Broadcast(Momentum), decay = L.Broadcast(Decay);
        (int i, int end) = ElementTiles.Range(tile, Count);
        for (; i <= end - L.Count; i += L.Count)
        {
            V weight = L.Load(w + i);
            V velocity = L.Add(L.Multiply(momentum, L.Load(v + i)), L.Add(L.Load(g + i), L.Multiply(decay, weight)));
            L.Store(v + i, velocity);
            L.Store(w + i, L.Subtract(weight, L.Multiply(rate, velocity)));
        }
        for (; i < end; i++)
            Run(i);
    }
}
