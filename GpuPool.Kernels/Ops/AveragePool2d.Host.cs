using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory. A tile is a row of windows.
internal partial struct AveragePoolForward<T, R>
{
    public readonly int Tiles => Count / Windows.Output.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / output.Height, channels = Channels;
        int windowRow = tile % output.Height;
        Interval rows = Windows.Vertical.Cells(windowRow);
        T* x = X.Pointer(), y = Y.Pointer() + tile * output.RowLength;
        for (int window = 0; window < output.Width; window++, y += channels)
        {
            V divisor = L.Of(Averaged.Divisor(windowRow, window));
            Interval columns = Windows.Horizontal.Cells(window);
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V sum = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    V rowSum = L.Zero;
                    T* cell = x + input.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, cell += channels)
                        rowSum = L.Add(rowSum, L.Load(cell));
                    sum = L.Add(sum, rowSum);
                }
                L.Store(y + channel, L.Divide(sum, divisor));
            }
        }
    }
}

// A tile is a row of cells.
internal partial struct AveragePoolBackward<T, R>
{
    public readonly int Tiles => Count / Windows.Input.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / input.Height, channels = Channels;
        Interval rows = Windows.Vertical.Holding(tile % input.Height);
        T* dy = OutputGradient.Pointer(), dx = Gradient.Pointer() + tile * input.RowLength;
        V area = L.Of(Windows.Area), one = L.Of(1);
        bool alike = Averaged.Alike;
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
                        sum = L.MultiplyAdd(L.Load(dy + output.Offset(image, row, column, channel)), alike ? one : L.Broadcast(Averaged.Share<T, R>(row, column)), sum);
                }
                L.Store(dx + channel, L.Divide(sum, area));
            }
        }
    }
}
