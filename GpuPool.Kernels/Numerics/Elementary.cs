using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Numerics;

/// <summary>
/// Elementary functions, each one formula for scalars, vectors and devices. ILGPU's own are approximations of the hardware for float and slow
/// loops for double, and differ from one accelerator to the next.
/// </summary>
/// <remarks>
/// Accuracy: at most 2 units in the last place in float32, 1e-15 relative in float64; a result below the smallest normal number may be 0 instead.
/// NaN gives NaN, and infinities give the limits. Bits are the same for scalars and vectors of one processor; a device that fuses products with sums may
/// differ in the last place.
/// </remarks>
/// <typeparam name="V">A scalar or a vector.</typeparam>
/// <typeparam name="F">Its arithmetic.</typeparam>
internal static partial class Elementary<V, F> where V : struct where F : struct, IFormula<V>
{
    // ln 2 in two parts, the first with trailing zeros, so that an exponent times it is exact.
    private static V Ln2High
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => F.Of(F.IsDouble ? 0.693147180369123816490 : 0.693359375);
    }

    private static V Ln2Low
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => F.Of(F.IsDouble ? 1.90821492927058770002e-10 : -2.12194440054690583e-4);
    }

    private static V One
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => F.Of(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Negate(V x) => F.Subtract(F.Of(0), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Absolute(V x) => F.IfLess(x, F.Of(0), Negate(x), x);

    /// <summary>What sum = a + b &gt; -1, b &gt; 0, has lost by rounding (Dekker: the larger one is taken away first); 0 for an infinite sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Lost(V a, V b, V sum) => F.IfLess(a, b,
        F.Subtract(a, F.Subtract(sum, b)),
        F.IfLess(sum, F.Of(double.PositiveInfinity), F.Subtract(b, F.Subtract(sum, a)), F.Of(0)));

    /// <summary>c0 + c1 x + ... + c5 x^5</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Horner(V x, double c5, double c4, double c3, double c2, double c1, double c0) => Horner(x, F.Of(c5), c4, c3, c2, c1, c0);

    /// <summary>c0 + c1 x + ... + c10 x^10</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Horner(V x, double c10, double c9, double c8, double c7, double c6, double c5, double c4, double c3, double c2, double c1, double c0) =>
        Horner(x, Horner(x, c10, c9, c8, c7, c6, c5), c4, c3, c2, c1, c0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Horner(V x, V c5, double c4, double c3, double c2, double c1, double c0) =>
        F.Add(F.Of(c0), F.Multiply(x, F.Add(F.Of(c1), F.Multiply(x, F.Add(F.Of(c2), F.Multiply(x,
            F.Add(F.Of(c3), F.Multiply(x, F.Add(F.Of(c4), F.Multiply(x, c5))))))))));
}
