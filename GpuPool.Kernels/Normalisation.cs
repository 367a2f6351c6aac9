using System.Numerics;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels;

/// <summary>What a host body does to the elements of a <see cref="NormalisedMap"/> as it reads them; empty for a map in memory, and wherever no host body runs.</summary>
internal unsafe struct Normalisation<T> where T : unmanaged, INumber<T>
{
    private const int LongestVector = 16;

    /// <summary>Rows of mean, scale and shift.</summary>
    public ArrayView<T> Coefficients;

    public T Lower, Upper;

    /// <summary>Whether there is anything to do.</summary>
    public readonly bool Exists => Coefficients.Length > 0;

    /// <summary>Elements from one row of the coefficients to the next: whole vectors.</summary>
    public static int Pitch(int channels) => (channels + LongestVector - 1) / LongestVector * LongestVector;

    /// <summary>
    /// Reads channels [first, first + count) of pixels that lie behind each other, normalised. Whole vectors are stored: behind the last channel of a pixel stands the first of
    /// the next, or what fills up the pitch.
    /// </summary>
    /// <param name="x">The first pixel.</param>
    /// <param name="channels">Channels of a pixel of x.</param>
    /// <param name="pixels">Number of pixels.</param>
    /// <param name="first">First channel.</param>
    /// <param name="count">Channels to be read.</param>
    /// <param name="target">Where they go, with slack behind the end.</param>
    /// <param name="pitch">Elements from one pixel of the target to the next, at least <paramref name="count"/>.</param>
    public readonly void Read<V, L>(T* x, int channels, int pixels, int first, int count, T* target, int pitch) where V : struct where L : struct, ILanes<T, V>
    {
        T* mean = Coefficients.Pointer() + first, scale = mean + Pitch(channels), shift = scale + Pitch(channels);
        V lower = L.Broadcast(Lower), upper = L.Broadcast(Upper);
        x += first;
        for (; pixels > 0; pixels--, x += channels, target += pitch)
        {
            for (int c = 0; c < count; c += L.Count)
                L.Store(target + c, L.Min(upper, L.Max(lower, L.MultiplyAdd(L.Subtract(L.Load(x + c), L.Load(mean + c)), L.Load(scale + c), L.Load(shift + c)))));
        }
    }
}
