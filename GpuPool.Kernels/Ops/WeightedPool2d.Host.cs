using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and null for an array that is not wanted. A tile is a row of windows.
internal partial struct WeightedPoolForward<T, R, W>
{
    public readonly int Tiles => Count / Windows.Output.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / output.Height, channels = Channels, y = tile * output.RowLength;
        Interval rows = Windows.Vertical.Cells(tile % output.Height);
        T* scores = Z.Pointer(), values = X.Pointer(), results = Y.Pointer(), divisors = Divisor.Pointer();
        bool normalise = Normalise != 0;
        V area = L.Of(Windows.Area), gain = L.Broadcast(Gain);
        for (int window = 0; window < output.Width; window++, y += channels)
        {
            Interval columns = Windows.Horizontal.Cells(window);
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V sum = L.Zero, weights = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    int cell = input.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, cell += channels)
                    {
                        V weight = W.Of<V, L>(L.Load(scores + cell), gain, out _);
                        weights = L.Add(weights, weight);
                        sum = L.MultiplyAdd(weight, L.Load(values + cell), sum);
                    }
                }
                V divisor = normalise ? weights : area;
                L.Store(results + y + channel, L.Divide(sum, divisor));
                if (divisors != null)
                    L.Store(divisors + y + channel, divisor);
            }
        }
    }
}

// A tile is a row of cells.
internal partial struct WeightedPoolBackward<T, R, W>
{
    public readonly int Tiles => Count / Windows.Input.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / input.Height, channels = Channels, x = tile * input.RowLength;
        Interval rows = Windows.Vertical.Holding(tile % input.Height);
        T* scores = Z.Pointer(), values = X.Pointer(), results = Y.Pointer(), divisors = Divisor.Pointer();
        T* dy = OutputGradient.Pointer(), dx = InputGradient.Pointer(), dz = ScoreGradient.Pointer();
        V area = L.Of(Windows.Area), gain = L.Broadcast(Gain);
        for (int cell = 0; cell < input.Width; cell++, x += channels)
        {
            Interval columns = Windows.Horizontal.Holding(cell);
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V value = L.Load(values + x + channel), shares = L.Zero, weightGradient = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    int window = output.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, window += channels)
                    {
                        V share = L.Divide(L.Load(dy + window), divisors != null ? L.Load(divisors + window) : area);
                        shares = L.Add(shares, share);
                        weightGradient = L.MultiplyAdd(share, divisors != null ? L.Subtract(value, L.Load(results + window)) : value, weightGradient);
                    }
                }
                V weight = W.Of<V, L>(L.Load(scores + x + channel), gain, out V slope);
                if (dx != null)
                    L.Store(dx + x + channel, L.Multiply(shares, weight));
                if (dz != null)
                    L.Store(dz + x + channel, L.Multiply(weightGradient, slope));
            }
        }
    }
}
