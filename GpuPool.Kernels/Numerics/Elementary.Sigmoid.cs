using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Numerics;

internal static partial class Elementary<V, F>
{
    /// <summary>y = 1 / w with w = 1 + e^-x, less y^2 times what w has lost by rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        V power = Exp(Negate(x)), w = F.Add(One, power), y = F.Divide(One, w);
        return F.Subtract(y, F.Multiply(y, F.Multiply(y, Lost(power, One, w))));
    }

    /// <summary>
    /// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|). PyTorch's turns into x above 20: in float32 this one rounds to x there as well, in float64 it keeps the
    /// difference of up to 2e-9.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Softplus(V x) => F.Add(F.IfLess(x, F.Of(0), F.Of(0), x), Log1p(Exp(Negate(Absolute(x)))));

    /// <summary>
    /// y = p / w with p = e^t - 1, w = p + 2 and t = 2|x|, less y / w = y (1 - y) / 2 times what w has lost by rounding, under the sign of x.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V t = Absolute(F.Add(x, x));
        // Beyond 44 it is 1 in both types.
        V p = Expm1(F.IfLess(t, F.Of(44), t, F.Of(44))), w = F.Add(p, F.Of(2)), y = F.Divide(p, w);
        y = F.Subtract(y, F.Multiply(F.Multiply(F.Of(0.5), Lost(p, F.Of(2), w)), F.Multiply(y, F.Subtract(One, y))));
        // The sign of 0 and of NaN is x itself.
        V sign = F.IfLess(x, F.Of(0), F.Of(-1), F.IfLess(F.Of(0), x, One, x));
        return F.Multiply(sign, y);
    }
}
