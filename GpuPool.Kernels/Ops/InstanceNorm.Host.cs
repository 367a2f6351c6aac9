using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and null for an array that is not wanted. A tile is an image.
internal partial struct InstanceNormForward<T, R>
{
    public readonly int Tiles => Images;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int channels = Channels, first = tile * Pixels * channels;
        T* means = Mean.Pointer(), rstds = Rstd.Pointer();
        V pixels = L.Of(Pixels);
        for (int next = 0; next < channels; next += L.Count)
        {
            int channel = Math.Min(next, channels - L.Count);
            T* x = X.Pointer() + first + channel, y = Y.Pointer() + first + channel, end = x + Pixels * channels;
            V sum = L.Zero, spread = L.Zero;
            for (T* cell = x; cell < end; cell += channels)
                sum = L.Add(sum, L.Load(cell));
            V mean = L.Divide(sum, pixels);
            for (T* cell = x; cell < end; cell += channels)
            {
                V difference = L.Subtract(L.Load(cell), mean);
                spread = L.MultiplyAdd(difference, difference, spread);
            }
            V rstd = L.Divide(L.Of(1), L.Sqrt(L.Add(L.Divide(spread, pixels), L.Broadcast(Epsilon))));
            V scale = L.Multiply(rstd, L.Load(Gamma.Pointer() + channel)), shift = L.Load(Beta.Pointer() + channel);
            for (T* cell = x; cell < end; cell += channels, y += channels)
                L.Store(y, L.MultiplyAdd(L.Subtract(L.Load(cell), mean), scale, shift));
            if (means == null)
                continue;
            L.Store(means + tile * channels + channel, mean);
            L.Store(rstds + tile * channels + channel, rstd);
        }
    }
}

internal partial struct InstanceNormBackward<T, R>
{
    public readonly int Tiles => Count / Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int channels = Channels, length = Pixels * channels;
        V pixels = L.Of(Pixels);
        for (int next = 0; next < channels; next += L.Count)
        {
            int channel = Math.Min(next, channels - L.Count), first = tile * length + channel, index = tile * channels + channel;
            T* x = X.Pointer() + first, dy = OutputGradient.Pointer() + first;
            V mean = L.Load(Mean.Pointer() + index), rstd = L.Load(Rstd.Pointer() + index), sum = L.Zero, product = L.Zero;
            for (int i = 0; i < length; i += channels)
            {
                V gradient = L.Load(dy + i);
                sum = L.Add(sum, gradient);
                product = L.MultiplyAdd(gradient, L.Multiply(L.Subtract(L.Load(x + i), mean), rstd), product);
            }
            L.Store(Sums.Pointer() + index, sum);
            L.Store(Products.Pointer() + index, product);
            if (Gradient.IntLength == 0)
                continue;
            T* dx = Gradient.Pointer() + first;
            V scale = L.Multiply(L.Load(Gamma.Pointer() + channel), rstd);
            for (int i = 0; i < length; i += channels)
            {
                V normalised = L.Multiply(L.Subtract(L.Load(x + i), mean), rstd);
                V share = L.Divide(L.MultiplyAdd(normalised, product, sum), pixels);
                L.Store(dx + i, L.Multiply(scale, L.Subtract(L.Load(dy + i), share)));
            }
        }
    }
}
