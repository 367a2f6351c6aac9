using System.Runtime.CompilerServices;

namespace GpuPool.Kernels;

/// <summary>
/// Elementary functions, each one formula for scalars, vectors and devices: at most 2 units in the last place in float32. ILGPU's own are
/// approximations of the hardware for float and slow loops for double, and differ from one accelerator to the next.
/// </summary>
/// <typeparam name="V">A scalar or a vector.</typeparam>
/// <typeparam name="F">Its arithmetic.</typeparam>
internal static class Elementary<V, F> where V : struct where F : struct, IFormula<V>
{
    private const double Log2E = 1.4426950408889634;

    /// <summary>
    /// e^x = 2^n e^r with n = round(x / ln 2) and |r| &lt;= ln 2 / 2; e^r by its Taylor polynomial. Results below the smallest normal number are 0,
    /// above the largest infinity; NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        // Adding 1.5 * 2^(mantissa bits) rounds to an integer and leaves that integer in the low bits.
        V shift = F.Of(F.IsDouble ? 6755399441055744.0 : 12582912.0);
        V magic = F.Add(F.Multiply(x, F.Of(Log2E)), shift);
        V n = F.Subtract(magic, shift);
        // ln 2 in two parts, the first with trailing zeros, so that n times it is exact.
        V r = F.Subtract(x, F.Multiply(n, F.Of(F.IsDouble ? 0.693147180369123816490 : 0.693359375)));
        r = F.Subtract(r, F.Multiply(n, F.Of(F.IsDouble ? 1.90821492927058770002e-10 : -2.12194440054690583e-4)));
        V p = F.IsDouble
            ? Horner(r, 1 / 479001600.0, 1 / 39916800.0, 1 / 3628800.0, 1 / 362880.0, 1 / 40320.0, 1 / 5040.0, 1 / 720.0, 1 / 120.0, 1 / 24.0, 1 / 6.0, 0.5)
            : Horner(r, 1 / 5040.0, 1 / 720.0, 1 / 120.0, 1 / 24.0, 1 / 6.0, 0.5);
        p = F.Add(F.Of(1), F.Add(r, F.Multiply(F.Multiply(r, r), p)));
        V result = F.AddExponent(p, magic);
        result = F.IfLess(x, F.Of(F.IsDouble ? -708.0 : -87.33654), F.Of(0), result);
        return F.IfLess(F.Of(F.IsDouble ? 709.78271289338397 : 88.72283), x, F.Of(double.PositiveInfinity), result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Horner(V x, double c5, double c4, double c3, double c2, double c1, double c0) =>
        F.Add(F.Of(c0), F.Multiply(x, F.Add(F.Of(c1), F.Multiply(x, F.Add(F.Of(c2), F.Multiply(x,
            F.Add(F.Of(c3), F.Multiply(x, F.Add(F.Of(c4), F.Multiply(x, F.Of(c5)))))))))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Horner(V x, double c10, double c9, double c8, double c7, double c6, double c5, double c4, double c3, double c2, double c1, double c0)
    {
        V high = Horner(x, c10, c9, c8, c7, c6, c5);
        return F.Add(F.Of(c0), F.Multiply(x, F.Add(F.Of(c1), F.Multiply(x, F.Add(F.Of(c2), F.Multiply(x,
            F.Add(F.Of(c3), F.Multiply(x, F.Add(F.Of(c4), F.Multiply(x, high))))))))));
    }
}
