using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Host;

/// <summary>The transforms of minimal filtering F(4, 3) along one axis, at the points 0, 1, -1, 2, -2 and infinity, over vectors a pitch apart. All are inlined: a call takes as long as one.</summary>
internal static unsafe class Winograd<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>3x3 weights become 6x6, each a tap pitch behind the one before and a pitch behind the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WeightSquare(T* taps, nint tapPitch, T* target, nint pitch)
    {
        T* middle = taps + 3 * tapPitch, bottom = taps + 6 * tapPitch;
        Weights(L.Load(taps), L.Load(middle), L.Load(bottom), out V a0, out V a1, out V a2, out V a3, out V a4, out V a5);
        Weights(L.Load(taps + tapPitch), L.Load(middle + tapPitch), L.Load(bottom + tapPitch), out V b0, out V b1, out V b2, out V b3, out V b4, out V b5);
        Weights(L.Load(taps + 2 * tapPitch), L.Load(middle + 2 * tapPitch), L.Load(bottom + 2 * tapPitch), out V c0, out V c1, out V c2, out V c3, out V c4, out V c5);
        nint row = 6 * pitch;
        Weights(a0, b0, c0, target, pitch);
        Weights(a1, b1, c1, target += row, pitch);
        Weights(a2, b2, c2, target += row, pitch);
        Weights(a3, b3, c3, target += row, pitch);
        Weights(a4, b4, c4, target += row, pitch);
        Weights(a5, b5, c5, target += row, pitch);
    }

    /// <summary>Six pixels, by their pointers at a step, become six.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source(T** pixels, int step, int channel, T* target, long pitch) =>
        Source(L.Load(pixels[0] + channel), L.Load(pixels[step] + channel), L.Load(pixels[2 * step] + channel), L.Load(pixels[3 * step] + channel),
            L.Load(pixels[4 * step] + channel), L.Load(pixels[5 * step] + channel), target, pitch);

    /// <summary>Six pixels become six.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source(T* source, long sourcePitch, T* target, long pitch) =>
        Source(L.Load(source), L.Load(source + sourcePitch), L.Load(source + 2 * sourcePitch), L.Load(source + 3 * sourcePitch),
            L.Load(source + 4 * sourcePitch), L.Load(source + 5 * sourcePitch), target, pitch);

    /// <summary>Six products become four pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Target(T* source, long sourcePitch, T* target, long pitch)
    {
        V a = L.Load(source), b = L.Load(source + sourcePitch), c = L.Load(source + 2 * sourcePitch);
        V d = L.Load(source + 3 * sourcePitch), e = L.Load(source + 4 * sourcePitch), f = L.Load(source + 5 * sourcePitch);
        V nearSum = L.Add(b, c), nearDifference = L.Subtract(b, c), farSum = L.Add(d, e), farDifference = L.Subtract(d, e);
        L.Store(target, L.Add(a, L.Add(nearSum, farSum)));
        L.Store(target + pitch, L.MultiplyAdd(L.Of(2), farDifference, nearDifference));
        L.Store(target + 2 * pitch, L.MultiplyAdd(L.Of(4), farSum, nearSum));
        L.Store(target + 3 * pitch, L.Add(f, L.MultiplyAdd(L.Of(8), farDifference, nearDifference)));
    }

    /// <summary>Four gradients of pixels, by their pointers at a step, become six of products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TargetGradient(T** pixels, int step, int channel, T* target, long pitch) =>
        TargetGradient(L.Load(pixels[0] + channel), L.Load(pixels[step] + channel), L.Load(pixels[2 * step] + channel), L.Load(pixels[3 * step] + channel), target, pitch);

    /// <summary>Four gradients of pixels become six of products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TargetGradient(T* source, long sourcePitch, T* target, long pitch) =>
        TargetGradient(L.Load(source), L.Load(source + sourcePitch), L.Load(source + 2 * sourcePitch), L.Load(source + 3 * sourcePitch), target, pitch);

    /// <summary>Six gradients of transformed weights become those of three weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WeightGradient(T* source, long sourcePitch, T* target, long pitch)
    {
        V a = L.Load(source), b = L.Load(source + sourcePitch), c = L.Load(source + 2 * sourcePitch);
        V d = L.Load(source + 3 * sourcePitch), e = L.Load(source + 4 * sourcePitch), f = L.Load(source + 5 * sourcePitch);
        V near = L.Multiply(L.Of(-1.0 / 6), L.Add(b, c)), far = L.Add(d, e);
        L.Store(target, L.Add(L.Multiply(L.Of(0.25), a), L.Add(near, L.Multiply(L.Of(1.0 / 24), far))));
        L.Store(target + pitch, L.Add(L.Multiply(L.Of(1.0 / 6), L.Subtract(c, b)), L.Multiply(L.Of(1.0 / 12), L.Subtract(d, e))));
        L.Store(target + 2 * pitch, L.Add(f, L.Add(near, L.Multiply(L.Of(1.0 / 6), far))));
    }

    // Three weights become six.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weights(V a, V b, V c, out V first, out V second, out V third, out V fourth, out V fifth, out V last)
    {
        V outer = L.Add(a, c), wide = L.Add(L.Multiply(L.Of(1.0 / 24), a), L.Multiply(L.Of(1.0 / 6), c)), twelfth = L.Multiply(L.Of(1.0 / 12), b);
        first = L.Multiply(L.Of(0.25), a);
        second = L.Multiply(L.Of(-1.0 / 6), L.Add(outer, b));
        third = L.Multiply(L.Of(-1.0 / 6), L.Subtract(outer, b));
        fourth = L.Add(wide, twelfth);
        fifth = L.Subtract(wide, twelfth);
        last = c;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weights(V a, V b, V c, T* target, nint pitch)
    {
        Weights(a, b, c, out V first, out V second, out V third, out V fourth, out V fifth, out V last);
        L.Store(target, first);
        L.Store(target + pitch, second);
        L.Store(target + 2 * pitch, third);
        L.Store(target + 3 * pitch, fourth);
        L.Store(target + 4 * pitch, fifth);
        L.Store(target + 5 * pitch, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Source(V a, V b, V c, V d, V e, V f, T* target, long pitch)
    {
        V four = L.Of(4), minusFour = L.Of(-4), minusFive = L.Of(-5);
        V even = L.MultiplyAdd(minusFour, c, e), odd = L.MultiplyAdd(minusFour, b, d), near = L.Subtract(e, c), far = L.Multiply(L.Of(2), L.Subtract(d, b));
        L.Store(target, L.MultiplyAdd(four, a, L.MultiplyAdd(minusFive, c, e)));
        L.Store(target + pitch, L.Add(even, odd));
        L.Store(target + 2 * pitch, L.Subtract(even, odd));
        L.Store(target + 3 * pitch, L.Add(near, far));
        L.Store(target + 4 * pitch, L.Subtract(near, far));
        L.Store(target + 5 * pitch, L.MultiplyAdd(four, b, L.MultiplyAdd(minusFive, d, f)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TargetGradient(V a, V b, V c, V d, T* target, long pitch)
    {
        V even = L.Add(a, c), odd = L.Add(b, d), farEven = L.MultiplyAdd(L.Of(4), c, a), farOdd = L.MultiplyAdd(L.Of(8), d, L.Add(b, b));
        L.Store(target, a);
        L.Store(target + pitch, L.Add(even, odd));
        L.Store(target + 2 * pitch, L.Subtract(even, odd));
        L.Store(target + 3 * pitch, L.Add(farEven, farOdd));
        L.Store(target + 4 * pitch, L.Subtract(farEven, farOdd));
        L.Store(target + 5 * pitch, d);
    }
}
