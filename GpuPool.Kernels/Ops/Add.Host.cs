using System.Numerics.Tensors;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

internal partial struct AddForward<T>
{
    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly unsafe void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, Count);
        int length = end - start;
        TensorPrimitives.Add(new ReadOnlySpan<T>(A.Pointer() + start, length), new ReadOnlySpan<T>(B.Pointer() + start, length), new Span<T>(Y.Pointer() + start, length));
    }
}
