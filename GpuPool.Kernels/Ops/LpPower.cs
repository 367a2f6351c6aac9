using System.Runtime.CompilerServices;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>The arithmetic of <see cref="LpPool2d"/> where magnitudes may be 0. A NaN stays one.</summary>
internal static class LpPower
{
    /// <summary>The larger of a magnitude and |x|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Larger<V, F>(V magnitude, V x) where V : struct where F : struct, IFormula<V> =>
        MaxPool2d.IfWins<V, F>(magnitude, Magnitude<V, F>(x), Magnitude<V, F>(x), magnitude);

    /// <summary>|x| / largest of a value and the largest magnitude of its window, so 1 where both are infinite, which no division would tell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Share<V, F>(V x, V largest) where V : struct where F : struct, IFormula<V>
    {
        V magnitude = Magnitude<V, F>(x);
        return F.IfLess(magnitude, largest, F.Divide(magnitude, largest), F.Of(1));
    }

    /// <summary>|x| / whole, 0 where the whole is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Ratio<V, F>(V x, V whole) where V : struct where F : struct, IFormula<V>
    {
        V magnitude = Magnitude<V, F>(x);
        return F.IfLess(F.Of(0), whole, F.Divide(magnitude, whole), F.Add(magnitude, whole));
    }

    /// <summary>t^p = exp(p ln t) of a magnitude t; 0^p = 0 for every p, 0 included: a cell of 0 has no sign and gets no gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V t, V p) where V : struct where F : struct, IFormula<V> => Of<V, F>(t, p, out _);

    /// <summary>t^p, with ln t, or 0 for t = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V t, V p, out V logarithm) where V : struct where F : struct, IFormula<V>
    {
        logarithm = F.IfLess(F.Of(0), t, Elementary<V, F>.Log(t), t);
        return F.IfLess(F.Of(0), t, Elementary<V, F>.Exp(F.Multiply(p, logarithm)), t);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Magnitude<V, F>(V x) where V : struct where F : struct, IFormula<V> => F.IfLess(x, F.Of(0), F.Subtract(F.Of(0), x), x);
}
