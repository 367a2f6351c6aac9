using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Numerics;

internal static partial class Elementary<V, F>
{
    /// <summary>Natural logarithm: -infinity at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log(V x)
    {
        // Numbers below the smallest normal one have no mantissa of full length: they are scaled up.
        V smallest = F.Of(F.IsDouble ? 2.2250738585072014e-308 : 1.1754943508222875e-38);
        V scaled = F.IfLess(x, smallest, F.Multiply(x, F.Of(1L << 54)), x);
        return Log(scaled, F.IfLess(x, smallest, F.Of(-54), F.Of(0)), F.Of(0));
    }

    /// <summary>ln(1 + x) without loss near 0: ln w plus the part of x that w = 1 + x has lost, over w (Kahan; fdlibm's log1p).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log1p(V x)
    {
        V w = F.Add(One, x);
        return Log(w, F.Of(0), F.Divide(Lost(x, One, w), w));
    }

    /// <summary>
    /// ln(2^scale w) + correction. With w = 2^e (1 + f), |f| &lt; 0.42, s = f / (2 + f) and z = s^2: ln(1 + f) = f - f^2/2 + s (f^2/2 + R),
    /// R = 2 z (1/3 + z/5 + z^2/7 + ...), which is the series of 2 artanh s (fdlibm's log).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Log(V w, V scale, V correction)
    {
        V mantissa = F.Mantissa(w), sqrt2 = F.Of(1.4142135623730951);
        V e = F.Add(F.Exponent(w), F.IfLess(sqrt2, mantissa, F.Add(scale, One), scale));
        V f = F.Subtract(F.IfLess(sqrt2, mantissa, F.Multiply(F.Of(0.5), mantissa), mantissa), One);
        V s = F.Divide(f, F.Add(F.Of(2), f));
        V z = F.Multiply(s, s), half = F.Multiply(F.Of(0.5), F.Multiply(f, f));
        V series = F.Multiply(z, F.IsDouble
            ? Horner(z, 2 / 23.0, 2 / 21.0, 2 / 19.0, 2 / 17.0, 2 / 15.0, 2 / 13.0, 2 / 11.0, 2 / 9.0, 2 / 7.0, 2 / 5.0, 2 / 3.0)
            : Horner(z, 2 / 13.0, 2 / 11.0, 2 / 9.0, 2 / 7.0, 2 / 5.0, 2 / 3.0));
        V small = F.Add(F.Multiply(s, F.Add(half, series)), F.Add(F.Multiply(e, Ln2Low), correction));
        V result = F.Subtract(F.Multiply(e, Ln2High), F.Subtract(F.Subtract(half, small), f));
        V outside = F.IfLess(w, F.Of(0), F.Of(double.NaN), F.Subtract(w, F.Of(double.PositiveInfinity)));
        return F.IfLess(F.Of(0), w, F.IfLess(w, F.Of(double.PositiveInfinity), result, w), outside);
    }
}
