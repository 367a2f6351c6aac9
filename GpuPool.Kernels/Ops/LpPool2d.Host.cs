using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and null for an array that is not wanted. A tile is a row of windows.
internal partial struct LpPoolForward<T, R>
{
    public readonly int Tiles => Count / Windows.Output.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / output.Height, channels = Channels;
        Interval rows = Windows.Vertical.Cells(tile % output.Height);
        T* values = X.Pointer(), exponents = Exponent.Pointer(), y = Y.Pointer() + tile * output.RowLength;
        V area = L.Of(Windows.Area), one = L.Of(1);
        for (int window = 0; window < output.Width; window++, y += channels)
        {
            Interval columns = Windows.Horizontal.Cells(window);
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V exponent = L.Load(exponents + channel), largest = L.Zero, sum = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    T* cell = values + input.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, cell += channels)
                        largest = LpPower.Larger<V, L>(largest, L.Load(cell));
                }
                for (int row = rows.First; row < rows.End; row++)
                {
                    T* cell = values + input.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, cell += channels)
                        sum = L.Add(sum, LpPower.Of<V, L>(LpPower.Share<V, L>(L.Load(cell), largest), exponent));
                }
                L.Store(y + channel, L.Multiply(largest, LpPower.Of<V, L>(L.Divide(sum, area), L.Divide(one, exponent))));
            }
        }
    }
}

// A tile is a row of cells.
internal partial struct LpPoolBackward<T, R>
{
    public readonly int Tiles => Count / Windows.Input.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / input.Height, channels = Channels, x = tile * input.RowLength;
        Interval rows = Windows.Vertical.Holding(tile % input.Height);
        T* values = X.Pointer(), results = Y.Pointer(), exponents = Exponent.Pointer(), slopes = Slope.Pointer();
        T* dy = OutputGradient.Pointer(), dx = Gradient.Pointer(), terms = Terms.Pointer();
        V area = L.Of(Windows.Area), one = L.Of(1);
        for (int cell = 0; cell < input.Width; cell++, x += channels)
        {
            Interval columns = Windows.Horizontal.Holding(cell);
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V value = L.Load(values + x + channel), exponent = L.Load(exponents + channel), sum = L.Zero, logarithms = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    int window = output.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, window += channels)
                    {
                        V power = LpPower.Of<V, L>(LpPower.Ratio<V, L>(value, L.Load(results + window)), L.Subtract(exponent, one), out V logarithm);
                        V share = L.Multiply(L.Load(dy + window), power);
                        sum = L.Add(sum, share);
                        logarithms = L.MultiplyAdd(share, logarithm, logarithms);
                    }
                }
                V negative = L.Subtract(L.Zero, sum);
                if (dx != null)
                    L.Store(dx + x + channel, L.Divide(L.IfLess(value, L.Zero, negative, sum), area));
                V magnitude = L.IfLess(value, L.Zero, L.Subtract(L.Zero, value), value), slope = L.Load(slopes + channel);
                if (terms != null)
                    L.Store(terms + x + channel, L.Divide(L.Multiply(L.Multiply(magnitude, logarithms), slope), L.Multiply(area, exponent)));
            }
        }
    }
}
