using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Numerics;

internal static partial class Elementary<V, F>
{
    private const double Log2E = 1.4426950408889634;

    /// <summary>e^x = 2^n e^r with n = round(x / ln 2) and |r| &lt;= ln 2 / 2. Results below the smallest normal number are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        V magic = ExponentOf(x);
        V result = F.AddExponent(F.Add(One, RemainderExpm1(x, magic)), magic);
        // Above the second bound x + infinity is infinity, or NaN where x is NaN.
        result = F.IfLess(x, F.Of(F.IsDouble ? 709.7827128933841 : 88.72284), result, F.Add(x, F.Of(double.PositiveInfinity)));
        return F.IfLess(x, F.Of(F.IsDouble ? -708.3964185322641 : -87.33654), F.Of(0), result);
    }

    /// <summary>e^x - 1 = 2^n (e^r - 1) + (2^n - 1), exact to the last places near 0, for |x| &lt; 80.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Expm1(V x)
    {
        V magic = ExponentOf(x);
        V power = F.AddExponent(One, magic);
        return F.Add(F.Multiply(power, RemainderExpm1(x, magic)), F.Subtract(power, One));
    }

    // Adding 1.5 * 2^(mantissa bits) rounds to an integer and leaves that integer in the low bits.
    private static V Shift
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => F.Of(F.IsDouble ? 6755399441055744.0 : 12582912.0);
    }

    /// <summary>n = round(x / ln 2) in the low bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExponentOf(V x) => F.Add(F.Multiply(x, F.Of(Log2E)), Shift);

    /// <summary>e^r - 1 for r = x - n ln 2, by the Taylor polynomial.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V RemainderExpm1(V x, V magic)
    {
        V n = F.Subtract(magic, Shift);
        V r = F.Subtract(F.Subtract(x, F.Multiply(n, Ln2High)), F.Multiply(n, Ln2Low));
        V p = F.IsDouble
            ? Horner(r, 1 / 479001600.0, 1 / 39916800.0, 1 / 3628800.0, 1 / 362880.0, 1 / 40320.0, 1 / 5040.0, 1 / 720.0, 1 / 120.0, 1 / 24.0, 1 / 6.0, 0.5)
            : Horner(r, 1 / 5040.0, 1 / 720.0, 1 / 120.0, 1 / 24.0, 1 / 6.0, 0.5);
        return F.Add(r, F.Multiply(F.Multiply(r, r), p));
    }
}
