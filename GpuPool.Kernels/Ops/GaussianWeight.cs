using System.Runtime.CompilerServices;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>How many deviations <see cref="GaussianPool2d"/> goes above the mean.</summary>
public enum GaussianWeight
{
    /// <summary>w = softplus(mu + sigma e), e normal: a soft version of the positive part of a Gaussian, as in the released code.</summary>
    Softplus,

    /// <summary>w = softplus(mu) |e|, e normal: a half-Gaussian.</summary>
    HalfGaussian,
}

/// <summary>What one draw of noise is made for.</summary>
public enum PoolingNoise
{
    /// <summary>None: evaluation.</summary>
    None,

    /// <summary>A channel of an image ("CN" in the source).</summary>
    Channel,

    /// <summary>An element of the output ("HWCN" in the source; the released code's).</summary>
    Element,
}

/// <summary>A <see cref="GaussianWeight"/> as a function.</summary>
internal interface IGaussianWeight
{
    /// <summary>What stands for e where no noise is drawn.</summary>
    static abstract double Still { get; }

    /// <summary>w, with its slopes dw / dmu and dw / dsigma.</summary>
    static abstract V Of<V, F>(V mu, V sigma, V e, out V muSlope, out V sigmaSlope) where V : struct where F : struct, IFormula<V>;
}

/// <summary><see cref="GaussianWeight.Softplus"/></summary>
internal readonly struct SoftplusWeight : IGaussianWeight
{
    public static double Still => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V mu, V sigma, V e, out V muSlope, out V sigmaSlope) where V : struct where F : struct, IFormula<V>
    {
        V argument = F.Add(mu, F.Multiply(sigma, e));
        muSlope = Elementary<V, F>.Sigmoid(argument);
        sigmaSlope = F.Multiply(muSlope, e);
        return Elementary<V, F>.Softplus(argument);
    }
}

/// <summary><see cref="GaussianWeight.HalfGaussian"/></summary>
internal readonly struct HalfGaussianWeight : IGaussianWeight
{
    // The mean of |e|, sqrt(2 / pi).
    public static double Still => 0.79788456080286536;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V, F>(V mu, V sigma, V e, out V muSlope, out V sigmaSlope) where V : struct where F : struct, IFormula<V>
    {
        V size = F.IfLess(e, F.Of(0), F.Subtract(F.Of(0), e), e);
        muSlope = F.Multiply(size, Elementary<V, F>.Sigmoid(mu));
        sigmaSlope = F.Of(0);
        return F.Multiply(size, Elementary<V, F>.Softplus(mu));
    }
}
