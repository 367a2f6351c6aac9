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
        for (int next = 0; next < channels; next += L.Count)
        {
            int channel = Math.Min(next, channels - L.Count);
            T* x = X.Pointer() + first + channel, y = Y.Pointer() + first + channel, end = x + Pixels * channels;
            (V mean, V rstd) = Moments<V, L>(x);
            V scale = L.Multiply(rstd, L.Load(Gamma.Pointer() + channel)), shift = L.Load(Beta.Pointer() + channel);
            for (T* cell = x; cell < end; cell += channels, y += channels)
                L.Store(y, L.MultiplyAdd(L.Subtract(L.Load(cell), mean), scale, shift));
            if (means == null)
                continue;
            L.Store(means + tile * channels + channel, mean);
            L.Store(rstds + tile * channels + channel, rstd);
        }
    }

    private readonly unsafe V Average<V, L>(T* x) where V : struct where L : struct, ILanes<T, V>
    {
        int channels = Channels;
        T* cell = x;
        V sum = L.Zero, least = L.Load(x), most = least;
        for (int block = 0; block < Pixels; block += InstanceNorm.Block)
        {
            V part = L.Zero;
            for (T* last = x + Math.Min(Pixels, block + InstanceNorm.Block) * channels; cell < last; cell += channels)
            {
                V value = L.Load(cell);
                part = L.Add(part, value);
                least = L.Min(least, value);
                most = L.Max(most, value);
            }
            sum = L.Add(sum, part);
        }
        V mean = L.Divide(sum, L.Of(Pixels));
        return L.IfLess(mean, least, least, L.IfLess(most, mean, most, mean));
    }

    private readonly unsafe (V Mean, V Rstd) Moments<V, L>(T* x) where V : struct where L : struct, ILanes<T, V>
    {
        int channels = Channels;
        T* cell = x;
        V mean = Average<V, L>(x), pixels = L.Of(Pixels), epsilon = L.Broadcast(Epsilon), differences = L.Zero, spread = L.Zero;
        for (int block = 0; block < Pixels; block += InstanceNorm.Block)
        {
            V part = L.Zero, squares = L.Zero;
            for (T* last = x + Math.Min(Pixels, block + InstanceNorm.Block) * channels; cell < last; cell += channels)
            {
                V difference = L.Subtract(L.Load(cell), mean);
                part = L.Add(part, difference);
                squares = L.MultiplyAdd(difference, difference, squares);
            }
            differences = L.Add(differences, part);
            spread = L.Add(spread, squares);
        }
        V error = L.Divide(differences, pixels), excess = L.Multiply(differences, error);
        V tolerated = L.Multiply(L.Add(spread, L.Multiply(pixels, epsilon)), L.Of(InstanceNorm.Tolerance));
        spread = L.IfLess(tolerated, excess, L.IfLess(spread, excess, L.Zero, L.Subtract(spread, excess)), spread);
        return (L.IfLess(tolerated, excess, L.Add(mean, error), mean), L.Divide(L.Of(1), L.Sqrt(L.Add(L.Divide(spread, pixels), epsilon))));
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
            for (int block = 0; block < Pixels; block += InstanceNorm.Block)
            {
                V part = L.Zero, productPart = L.Zero;
                for (int i = block * channels, last = Math.Min(Pixels, block + InstanceNorm.Block) * channels; i < last; i += channels)
                {
                    V gradient = L.Load(dy + i);
                    part = L.Add(part, gradient);
                    productPart = L.MultiplyAdd(gradient, L.Multiply(L.Subtract(L.Load(x + i), mean), rstd), productPart);
                }
                sum = L.Add(sum, part);
                product = L.Add(product, productPart);
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
