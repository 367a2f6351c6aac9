using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct ColumnSumForward<T>
{
    /// <summary>Sums of blocks of rows.</summary>
    public readonly int ScratchCount => RowBlocks.Count(Rows) * RowBlocks.Pitch(Channels);

    public readonly int Stages => 2;

    public readonly int StageTiles(int stage) => stage == 0 ? RowBlocks.Count(Rows) : 1;

    public readonly unsafe void RunTile(int stage, int tile, T* parts)
    {
        if (stage == 1)
            Reduce(parts);
        else if (Vector512.IsHardwareAccelerated)
            Part<Vector512<T>, Lanes512<T>>(tile, parts);
        else
            Part<Vector256<T>, Lanes256<T>>(tile, parts);
    }

    private readonly unsafe void Part<V, L>(int block, T* parts) where V : struct where L : struct, ILanes<T, V>
    {
        (int start, int end) = RowBlocks.Range(block, Rows);
        T* target = parts + block * RowBlocks.Pitch(Channels);
        // The last vector may hold columns of the next row; they land in the padding of the part and are never read.
        for (int c = 0; c < Channels; c += L.Count)
        {
            T* x = X.Pointer() + c;
            V sum = L.Zero;
            for (int row = start; row < end; row++)
                sum = L.Add(sum, L.Load(x + (long)row * Channels));
            L.Store(target + c, sum);
        }
    }

    private readonly unsafe void Reduce(T* parts) => RowBlocks.AddUp(parts, RowBlocks.Count(Rows), RowBlocks.Pitch(Channels), new Span<T>(Sum.Pointer(), Channels));
}
