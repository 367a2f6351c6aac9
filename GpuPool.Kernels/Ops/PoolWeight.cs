using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Ops;

/// <summary>Weight of a cell in <see cref="WeightedPool2d"/> as a function of its score.</summary>
internal interface IPoolWeight
{
    /// <summary>pi(z), with its slope d pi / dz.</summary>
    static abstract V Of<V, F>(V z, out V slope) where V : struct where F : struct, IFormula<V>;
}

/// <summary>pi = exp(sigmoid(z)), between 1 and e (paper, Equation 5).</summary>
internal readonly struct ExponentialOfSigmoid : IPoolWeight
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V z, out V slope) where V : struct where F : struct, IFormula<V>
    {
        V weight = Elementary<V, F>.Exp(SigmoidAlone.Of<V, F>(z, out V sigmoidSlope));
        slope = F.Multiply(weight, sigmoidSlope);
        return weight;
    }
}

/// <summary>pi = sigmoid(z) (paper, Table 7, "w/o exp").</summary>
internal readonly struct SigmoidAlone : IPoolWeight
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V z, out V slope) where V : struct where F : struct, IFormula<V>
    {
        V weight = Elementary<V, F>.Sigmoid(z);
        slope = F.Multiply(weight, F.Subtract(F.Of(1), weight));
        return weight;
    }
}

/// <summary>pi = exp(z), infinite where that overflows (paper, Table 7, "w/o sigmoid").</summary>
internal readonly struct ExponentialAlone : IPoolWeight
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V z, out V slope) where V : struct where F : struct, IFormula<V> => slope = Elementary<V, F>.Exp(z);
}

/// <summary>pi = z</summary>
internal readonly struct ScoreItself : IPoolWeight
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V z, out V slope) where V : struct where F : struct, IFormula<V>
    {
        slope = F.Of(1);
        return z;
    }
}
