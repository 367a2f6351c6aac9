using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory. A tile is a row of windows.
internal partial struct MaxPoolForward<T, R>
{
    public readonly int Tiles => Count / Windows.Output.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / output.Height, windowRow = tile % output.Height, channels = Channels;
        Interval rows = Windows.Vertical.Cells(windowRow);
        T* x = X.Pointer(), winners = Winner.Pointer();
        int y = tile * output.RowLength;
        for (int window = 0; window < output.Width; window++, y += channels)
        {
            Interval columns = Windows.Horizontal.Cells(window);
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V best = L.Load(x + input.Offset(image, rows.First, columns.First, channel));
                V winner = L.Of(Windows.CellNumber(windowRow, window, rows.First, columns.First));
                for (int row = rows.First; row < rows.End; row++)
                {
                    T* cell = x + input.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, cell += channels)
                    {
                        V value = L.Load(cell);
                        winner = MaxPool2d.IfWins<V, L>(best, value, L.Of(Windows.CellNumber(windowRow, window, row, column)), winner);
                        best = MaxPool2d.IfWins<V, L>(best, value, value, best);
                    }
                }
                L.Store(Y.Pointer() + y + channel, best);
                if (winners != null)
                    L.Store(winners + y + channel, winner);
            }
        }
    }
}

// A tile is a row of cells.
internal partial struct MaxPoolBackward<T, R>
{
    public readonly int Tiles => Count / Windows.Input.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / input.Height, cellRow = tile % input.Height, channels = Channels;
        Interval rows = Windows.Vertical.Holding(cellRow);
        T* winners = Winner.Pointer(), dy = OutputGradient.Pointer(), dx = Gradient.Pointer() + tile * input.RowLength;
        for (int cell = 0; cell < input.Width; cell++, dx += channels)
        {
            Interval columns = Windows.Horizontal.Holding(cell);
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V sum = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    for (int column = columns.First; column < columns.End; column++)
                    {
                        int window = output.Offset(image, row, column, channel);
                        V number = L.Of(Windows.CellNumber(row, column, cellRow, cell));
                        sum = L.Add(sum, MaxPool2d.IfSame<V, L>(L.Load(winners + window), number, L.Load(dy + window), L.Zero));
                    }
                }
                L.Store(dx + channel, sum);
            }
        }
    }
}
