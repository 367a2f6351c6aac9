using System.Numerics;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels;

/// <summary>
/// What a host body does to the elements of a <see cref="DeferredMap"/> as it reads them; empty for a map in memory, and wherever no host body runs. The output of a batch norm is
/// f((x - mean) scale + shift) of each channel; its gradient by x is scale g + slope (x - mean) + offset, where g is dy wherever f passed its input on, and else 0.
/// </summary>
internal unsafe struct Normalisation<T> where T : unmanaged, INumber<T>
{
    /// <summary>Rows of mean, scale and shift, and for a gradient slope and offset; from one to the next <see cref="RowBlocks.Pitch"/>.</summary>
    public ArrayView<T> Coefficients;

    /// <summary>x, where a gradient is computed from it and dy.</summary>
    public ArrayView<T> X;

    public T Lower, Upper;

    /// <summary>Whether there is anything to do.</summary>
    public readonly bool Exists => Coefficients.Length > 0;

    /// <summary>
    /// Computes channels [first, first + count) of pixels that lie behind each other. Whole vectors are stored: behind the last channel of a pixel stands the first of the next, or
    /// what fills up the pitch.
    /// </summary>
    /// <param name="source">The map that is read.</param>
    /// <param name="channels">Channels of a pixel of it.</param>
    /// <param name="pixel">First pixel.</param>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="first">First channel.</param>
    /// <param name="count">Number of channels.</param>
    /// <param name="target">Where they go, with slack behind the end.</param>
    /// <param name="pitch">Elements from one pixel of the target to the next, at least <paramref name="count"/>.</param>
    public readonly void Read<V, L>(T* source, int channels, long pixel, int pixels, int first, int count, T* target, int pitch) where V : struct where L : struct, ILanes<T, V>
    {
        T* mean = Coefficients.Pointer() + first;
        int row = RowBlocks.Pitch(channels);
        long start = pixel * channels + first;
        if (X.Length == 0)
            Outputs<V, L>(source + start, channels, pixels, count, mean, mean + row, mean + 2 * row, target, pitch);
        else
            Gradients<V, L>(source + start, X.Pointer() + start, channels, pixels, count, mean, mean + row, mean + 2 * row, mean + 3 * row, mean + 4 * row, target, pitch);
    }

    private readonly void Outputs<V, L>(T* x, nint channels, int pixels, int count, T* mean, T* scale, T* shift, T* target, nint pitch) where V : struct where L : struct, ILanes<T, V>
    {
        V lower = L.Broadcast(Lower), upper = L.Broadcast(Upper);
        for (; pixels > 0; pixels--, x += channels, target += pitch)
        {
            for (int c = 0; c < count; c += L.Count)
                L.Store(target + c, L.Min(upper, L.Max(lower, L.MultiplyAdd(L.Subtract(L.Load(x + c), L.Load(mean + c)), L.Load(scale + c), L.Load(shift + c)))));
        }
    }

    private readonly void Gradients<V, L>(
        T* dy, T* x, nint channels, int pixels, int count, T* mean, T* scale, T* shift, T* slope, T* offset, T* target, nint pitch) where V : struct where L : struct, ILanes<T, V>
    {
        V lower = L.Broadcast(Lower), upper = L.Broadcast(Upper);
        for (; pixels > 0; pixels--, dy += channels, x += channels, target += pitch)
        {
            for (int c = 0; c < count; c += L.Count)
            {
                V centred = L.Subtract(L.Load(x + c), L.Load(mean + c)), factor = L.Load(scale + c), value = L.MultiplyAdd(centred, factor, L.Load(shift + c));
                V g = L.IfLess(lower, value, L.IfLess(value, upper, L.Load(dy + c), L.Zero), L.Zero);
                L.Store(target + c, L.MultiplyAdd(factor, g, L.MultiplyAdd(L.Load(slope + c), centred, L.Load(offset + c))));
            }
        }
    }
}
