using System.Runtime.CompilerServices;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>Weight of a cell in <see cref="DetailPreservingPool2d"/>, from its distance to the reference of the window.</summary>
internal static class DetailWeight<V, F> where V : struct where F : struct, IFormula<V>
{
    /// <summary>p = exp(lambda) / 2, which is also its own slope in lambda.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Power(V lambda) => F.Multiply(F.Of(0.5), Elementary<V, F>.Exp(lambda));

    /// <summary>b = exp(min(alpha, 10)), with its slope.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Base(V alpha, out V slope)
    {
        V value = Elementary<V, F>.Exp(F.IfLess(F.Of(10), alpha, F.Of(10), alpha));
        slope = F.IfLess(alpha, F.Of(10), value, F.Of(0));
        return value;
    }

    /// <summary>d = max(x - r, floor). Where floor = 0 cuts, the slope of d^2 is 0 all the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Detail(V x, V reference, V floor)
    {
        V difference = F.Subtract(x, reference);
        return F.IfLess(difference, floor, floor, difference);
    }

    /// <summary>q = d^2 + 0.001</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Square(V detail) => F.Add(F.Multiply(detail, detail), F.Of(1e-3));

    /// <summary>t = (q / n)^p, with ln(q / n).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Contrast(V square, V logMean, V power, out V logRatio)
    {
        logRatio = F.Subtract(Elementary<V, F>.Log(square), logMean);
        return Elementary<V, F>.Exp(F.Multiply(power, logRatio));
    }
}
