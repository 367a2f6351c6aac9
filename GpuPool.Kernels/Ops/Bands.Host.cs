using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory.
internal partial struct CopyBands<T, R>
{
    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly unsafe void RunTile(int tile)
    {
        (int i, int end) = ElementTiles.Range(tile, Count);
        for (int next; i < end; i = next)
        {
            int row = i / Width, column = i - row * Width;
            next = Math.Min(end, i + Width - column);
            CopyRow(row, column, next - i);
        }
    }

    private readonly unsafe void CopyRow(int row, int column, int length)
    {
        var target = new Span<T>(Target.Pointer() + row * TargetLength + TargetStart + column, length);
        int from = SourceStart + column, before = Math.Clamp(-from, 0, length), within = Math.Clamp(SourceLength - from - before, 0, length - before);
        target[..before].Clear();
        if (within > 0)
            new ReadOnlySpan<T>(Source.Pointer() + row * SourceLength + from + before, within).CopyTo(target[before..]);
        target[(before + within)..].Clear();
    }
}
