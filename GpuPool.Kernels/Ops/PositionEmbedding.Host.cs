using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory. A tile is a row of cells.
internal partial struct PositionForward<T, R>
{
    public readonly int Tiles => Count / Map.RowLength;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int half = Channels, start = tile * Map.RowLength;
        T* x = X.Pointer() + start, y = Y.Pointer() + start;
        T* row = Row.Pointer() + tile % Map.Height * half, column = Column.Pointer();
        for (int cell = 0; cell < Map.Width; cell++, x += 2 * half, y += 2 * half, column += half)
        {
            for (int next = 0; next < half; next += L.Count)
            {
                int channel = Math.Min(next, half - L.Count);
                L.Store(y + channel, L.Add(L.Load(x + channel), L.Load(column + channel)));
                L.Store(y + half + channel, L.Add(L.Load(x + half + channel), L.Load(row + channel)));
            }
        }
    }
}

// A tile is a row of the table.
internal partial struct PositionTableBackward<T, R>
{
    public readonly int Tiles => Count / Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* dy = OutputGradient.Pointer() + Sum.FirstChannel, gradient = Gradient.Pointer() + tile * Channels;
        for (int next = 0; next < Channels; next += L.Count)
        {
            int channel = Math.Min(next, Channels - L.Count);
            V sum = L.Zero;
            for (int image = 0; image < Sum.Images && tile < Sum.Places; image++)
            {
                V imageSum = L.Zero;
                for (int across = 0; across < Sum.Across; across++)
                    imageSum = L.Add(imageSum, L.Load(dy + Sum.Pixel(image, tile, across) * 2 * Channels + channel));
                sum = L.Add(sum, imageSum);
            }
            L.Store(gradient + channel, sum);
        }
    }
}
