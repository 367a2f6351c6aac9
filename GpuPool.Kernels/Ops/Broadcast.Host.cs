using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory. A tile is a row of cells.
internal partial struct BroadcastForward<T>
{
    public readonly int Tiles => Count / Axes.Target.RowLength;

    public readonly unsafe void RunTile(int tile)
    {
        int channels = Axes.Target.Channels, first = tile * Axes.Target.RowLength;
        T* x = X.Pointer(), y = Y.Pointer() + first;
        for (int cell = 0; cell < Axes.Target.Width; cell++, y += channels)
        {
            T* source = x + Axes.SourceOf(Axes.Target.Place(first + cell * channels));
            var target = new Span<T>(y, channels);
            if (Axes.Source.Channels == 1)
                target.Fill(*source);
            else
                new ReadOnlySpan<T>(source, channels).CopyTo(target);
        }
    }
}
