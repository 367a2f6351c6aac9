using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Numerics;

/// <summary>Products in which a weight of 0 takes no part, even where the value is infinite or NaN.</summary>
internal static class Weighted
{
    /// <summary>weight * value, or the weight where that is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Product<V, F>(V weight, V value) where V : struct where F : struct, IFormula<V> => Choose<V, F>(weight, F.Multiply(weight, value), weight);

    /// <summary>What stands for a weight that is not 0, or what stands for 0 and NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Choose<V, F>(V weight, V some, V none) where V : struct where F : struct, IFormula<V> =>
        F.IfLess(F.Of(0), weight, some, F.IfLess(weight, F.Of(0), some, none));
}
