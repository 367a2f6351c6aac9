using GpuPool.Autograd;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Export;

/// <summary>A batch norm in evaluation as a factor and a summand of each channel.</summary>
/// <param name="Scale">gamma / sqrt(variance + epsilon).</param>
/// <param name="Shift">beta - mean Scale.</param>
internal sealed record NormCoefficients(double[] Scale, double[] Shift)
{
    /// <summary>That of a traced op.</summary>
    public static NormCoefficients Of(BatchNorm norm, TracedOp traced)
    {
        double[] gamma = traced.Inputs[1].Value.ToDoubles(), beta = traced.Inputs[2].Value.ToDoubles();
        double[] mean = norm.Statistics.Mean.ToDoubles(), variance = norm.Statistics.Variance.ToDoubles();
        double[] scale = [.. gamma.Zip(variance, (factor, spread) => factor / Math.Sqrt(spread + norm.Statistics.Epsilon))];
        return new NormCoefficients(scale, [.. beta.Select((summand, channel) => summand - mean[channel] * scale[channel])]);
    }

    /// <summary>Weights with the output channel last, multiplied.</summary>
    public float[] Weights(float[] weights) => [.. weights.Select((weight, index) => (float)(weight * Scale[index % Scale.Length]))];

    /// <summary>The bias behind them; null for none.</summary>
    public float[] Bias(float[]? bias) => [.. Shift.Select((shift, channel) => (float)(shift + (bias?[channel] ?? 0) * Scale[channel]))];
}
