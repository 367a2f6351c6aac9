using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and null for an absent array. A tile is an image.
internal partial struct GaussianPoolBackwardWeight<T, R, W>
{
    public readonly int Tiles => Count / Channels;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout output = Windows.Output;
        int channels = Channels;
        T* deviations = Deviation.Pointer(), gradients = OutputGradient.Pointer(), slopes = Slope.Pointer(), dsigma = SigmaGradient.Pointer();
        V area = L.Of(Windows.Area), least = L.Sqrt(L.Of(GaussianPoolForward<T, R, W>.Least));
        for (int next = 0; next < channels; next += L.Count)
        {
            int channel = Math.Min(next, channels - L.Count), pixel = tile * channels + channel;
            V muSum = L.Zero, sigmaSum = L.Zero;
            for (int row = 0; row < output.Height; row++)
            {
                V muRow = L.Zero, sigmaRow = L.Zero;
                int y = output.Offset(tile, row, 0, channel);
                for (int column = 0; column < output.Width; column++, y += channels)
                {
                    V weight = Parameters.Weight<V, L>(y, pixel, out V muSlope, out V sigmaSlope);
                    V dy = L.Load(gradients + y), deviation = L.Load(deviations + y), product = L.Multiply(dy, deviation);
                    muRow = L.MultiplyAdd(product, muSlope, muRow);
                    sigmaRow = L.MultiplyAdd(product, sigmaSlope, sigmaRow);
                    L.Store(slopes + y, L.IfLess(least, deviation, L.Divide(L.Multiply(dy, weight), L.Multiply(area, deviation)), L.Zero));
                }
                muSum = L.Add(muSum, muRow);
                sigmaSum = L.Add(sigmaSum, sigmaRow);
            }
            L.Store(MuGradient.Pointer() + pixel, muSum);
            if (dsigma != null)
                L.Store(dsigma + pixel, sigmaSum);
        }
    }
}

// A tile is a row of cells.
internal partial struct GaussianPoolBackward<T, R>
{
    public readonly int Tiles => Count / Windows.Input.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapLayout input = Windows.Input, output = Windows.Output;
        int image = tile / input.Height, channels = Channels, x = tile * input.RowLength;
        Interval rows = Windows.Vertical.Holding(tile % input.Height);
        T* values = X.Pointer(), means = Mean.Pointer(), dy = OutputGradient.Pointer(), slopes = Slope.Pointer(), dx = Gradient.Pointer();
        V area = L.Of(Windows.Area);
        for (int cell = 0; cell < input.Width; cell++, x += channels)
        {
            Interval columns = Windows.Horizontal.Holding(cell);
            for (int next = 0; next < channels; next += L.Count)
            {
                int channel = Math.Min(next, channels - L.Count);
                V value = L.Load(values + x + channel), sum = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    int window = output.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, window += channels)
                    {
                        V share = L.Divide(L.Load(dy + window), area);
                        sum = L.Add(sum, L.MultiplyAdd(L.Load(slopes + window), L.Subtract(value, L.Load(means + window)), share));
                    }
                }
                L.Store(dx + x + channel, sum);
            }
        }
    }
}
