using System.Numerics;

namespace GpuPool.Kernels.Host;

/// <summary>
/// What the backward pass of a batch norm sums up of dy, by channel, for each of the <see cref="RowBlocks"/>: g, which is dy wherever f passed its input on and else 0, and g (x - mean).
/// A pass of its own makes them, or, with the same bits, the convolution that writes dy, as long as dy and x are in the cache.
/// </summary>
internal static unsafe class GradientSums<T> where T : unmanaged, INumber<T>
{
    /// <summary>Elements of both sums of all blocks.</summary>
    public static int Count(int rows, int channels) => checked(2 * RowBlocks.Count(rows) * RowBlocks.Pitch(channels));

    /// <summary>Adds pixels that follow those of the last call, or begin a block.</summary>
    /// <param name="normalisation">The batch norm.</param>
    /// <param name="x">Its input.</param>
    /// <param name="dy">The gradient by its output.</param>
    /// <param name="rows">Pixels of these maps.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="pixel">First pixel.</param>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="parts">The sums of all blocks.</param>
    public static void Add<V, L>(in Normalisation<T> normalisation, T* x, T* dy, int rows, int channels, int pixel, int pixels, T* parts) where V : struct where L : struct, ILanes<T, V>
    {
        int pitch = RowBlocks.Pitch(channels);
        T* mean = normalisation.Coefficients.Pointer(), scale = mean + pitch, shift = scale + pitch;
        for (int end = pixel + pixels; pixel < end;)
        {
            int block = pixel / RowBlocks.Size(rows);
            (int start, int next) = RowBlocks.Range(block, rows);
            T* sums = parts + block * pitch, products = sums + RowBlocks.Count(rows) * pitch;
            if (pixel == start)
            {
                new Span<T>(sums, pitch).Clear();
                new Span<T>(products, pitch).Clear();
            }
            next = Math.Min(next, end);
            long first = (long)pixel * channels;
            for (int c = 0; c < channels; c += L.Count)
            {
                Add<V, L>(x + first + c, dy + first + c, null, next - pixel, channels, L.Load(mean + c), L.Load(scale + c), L.Load(shift + c), normalisation.Lower, normalisation.Upper,
                    sums + c, products + c);
            }
            pixel = next;
        }
    }

    /// <summary>Adds rows of a vector of channels; y, where it is not null, tells where f passed its input on.</summary>
    // No call may stand in this method: around one the JIT compiler keeps the sums in memory, within the loop too.
    public static void Add<V, L>(T* x, T* dy, T* y, int rows, nint pitch, V mean, V scale, V shift, T lowest, T highest, T* sums, T* products)
        where V : struct where L : struct, ILanes<T, V>
    {
        V sum = L.Load(sums), product = L.Load(products), lower = L.Broadcast(lowest), upper = L.Broadcast(highest);
        nint fromOutput = y is null ? 0 : pitch;
        for (; rows > 0; rows--)
        {
            V centred = L.Subtract(L.Load(x), mean), g = L.Load(dy);
            V value = y is null ? L.MultiplyAdd(centred, scale, shift) : L.Load(y);
            g = L.IfLess(lower, value, L.IfLess(value, upper, g, L.Zero), L.Zero);
            sum = L.Add(sum, g);
            product = L.MultiplyAdd(g, centred, product);
            x += pitch;
            dy += pitch;
            y += fromOutput;
        }
        L.Store(sums, sum);
        L.Store(products, product);
    }
}
