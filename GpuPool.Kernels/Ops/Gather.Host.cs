using System.Numerics.Tensors;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory. A tile is a block of the rows of y.
internal partial struct GatherForward<T, R>
{
    public readonly int Tiles => RowBlocks.Count(Index.IntLength);

    public readonly unsafe void RunTile(int tile)
    {
        (int start, int end) = RowBlocks.Range(tile, Index.IntLength);
        for (int row = start; row < end; row++)
        {
            var target = new Span<T>(Y.Pointer() + (long)row * Width, Width);
            int source = R.Truncate(Index.Pointer()[row]);
            if (source >= 0 && source < X.IntLength / Width && R.Of(source) == Index.Pointer()[row])
                new ReadOnlySpan<T>(X.Pointer() + (long)source * Width, Width).CopyTo(target);
            else
                target.Fill(R.Of(double.NaN));
        }
    }
}

// A tile is a block of the rows of dx, for which it looks through the whole index: that is shorter than a list of who chose each row.
internal partial struct GatherBackward<T, R>
{
    private readonly int Rows => Gradient.IntLength / Width;

    public readonly int Tiles => RowBlocks.Count(Rows);

    public readonly unsafe void RunTile(int tile)
    {
        (int start, int end) = RowBlocks.Range(tile, Rows);
        new Span<T>(Gradient.Pointer() + (long)start * Width, (end - start) * Width).Clear();
        for (int i = 0; i < Index.IntLength; i++)
        {
            int row = R.Truncate(Index.Pointer()[i]);
            if (row < start || row >= end || R.Of(row) != Index.Pointer()[i])
                continue;
            var sum = new Span<T>(Gradient.Pointer() + (long)row * Width, Width);
            TensorPrimitives.Add(sum, new ReadOnlySpan<T>(OutputGradient.Pointer() + (long)i * Width, Width), sum);
        }
    }
}
