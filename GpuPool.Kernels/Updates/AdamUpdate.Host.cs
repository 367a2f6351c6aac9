using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Updates;

// Assumes what Views.Pointer promises: host memory.
internal partial struct AdamElement<T, R>
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
        T* w = Weight.Pointer(), g = Gradient.Pointer(), m = Mean.Pointer(), v = Square.Pointer();
        V rate = L.Broadcast(Rate), beta1 = L.Broadcast(Beta1), rest1 = L.Broadcast(Rest1), beta2 = L.Broadcast(Beta2), rest2 = L.Broadcast(Rest2);
        V correction = L.Broadcast(Correction), epsilon = L.Broadcast(Epsilon), decay = L.Broadcast(Decay);
        (int i, int end) = ElementTiles.Range(tile, Count);
        for (; i <= end - L.Count; i += L.Count)
        {
            V weight = L.Load(w + i), gradient = L.Add(L.Load(g + i), L.Multiply(decay, weight));
            V mean = L.Add(L.Multiply(beta1, L.Load(m + i)), L.Multiply(rest1, gradient));
            V square = L.Add(L.Multiply(beta2, L.Load(v + i)), L.Multiply(L.Multiply(rest2, gradient), gradient));
            L.Store(m + i, mean);
            L.Store(v + i, square);
            L.Store(w + i, L.Subtract(weight, L.Divide(L.Multiply(rate, mean), L.Add(L.Multiply(L.Sqrt(square), correction), epsilon))));
        }
        for (; i < end; i++)
            Run(i);
    }
}
