using System.Runtime.CompilerServices;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>Weight of a cell in <see cref="WeightedPool2d"/> as a function of its score.</summary>
internal interface IPoolWeight
{
    /// <summary>pi of a score z and a gain, with its slope d pi / dz.</summary>
    static abstract V Of<V, F>(V z, V gain, out V slope) where V : struct where F : struct, IFormula<V>;
}

/// <summary>pi = exp(gain sigmoid(z)), between 1 and e^gain (paper, Equation 5, with gain 1).</summary>
internal readonly struct ExponentialOfSigmoid : IPoolWeight
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V z, V gain, out V slope) where V : struct where F : struct, IFormula<V>
    {
        V weight = Elementary<V, F>.Exp(SigmoidAlone.Of<V, F>(z, gain, out V sigmoidSlope));
        slope = F.Multiply(weight, sigmoidSlope);
        return weight;
    }
}

/// <summary>pi = gain sigmoid(z) (paper, Table 7, "w/o exp", with gain 1).</summary>
internal readonly struct SigmoidAlone : IPoolWeight
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V z, V gain, out V slope) where V : struct where F : struct, IFormula<V>
    {
        V sigmoid = Elementary<V, F>.Sigmoid(z), weight = F.Multiply(gain, sigmoid);
        slope = F.Multiply(weight, F.Subtract(F.Of(1), sigmoid));
        return weight;
    }
}

/// <summary>pi = exp(gain z), infinite where that overflows (paper, Table 7, "w/o sigmoid", with gain 1).</summary>
internal readonly struct ExponentialAlone : IPoolWeight
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V z, V gain, out V slope) where V : struct where F : struct, IFormula<V>
    {
        V weight = Elementary<V, F>.Exp(F.Multiply(gain, z));
        slope = F.Multiply(gain, weight);
        return weight;
    }
}

/// <summary>pi = gain z</summary>
internal readonly struct ScoreItself : IPoolWeight
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V z, V gain, out V slope) where V : struct where F : struct, IFormula<V>
    {
        slope = gain;
        return F.Multiply(gain, z);
    }
}
