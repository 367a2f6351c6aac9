using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>Start values of a FastGRNN cell; the bias of its gate always starts at 1.</summary>
/// <param name="Deviation">Standard deviation of both matrices; null for 1 / sqrt(rows) of each, with which a product has the size of its input.</param>
/// <param name="CandidateBias">Bias of the candidate.</param>
public readonly record struct FastGrnnStart(double? Deviation, double CandidateBias)
{
    /// <summary>As EdgeML's code has them: deviation 0.1, candidate bias 1. Made for sequences of six steps and more.</summary>
    public static FastGrnnStart EdgeMl { get; } = new(0.1, 1);

    /// <summary>
    /// For the sequences of 2 to 4 steps of a pool within a network. After n steps of a constant input h = (1 - z^n) tanh(a + bias). With bias 1 its slope by a
    /// is 0.17 for n = 6, but -0.02 for n = 2: so short a sweep starts where it passes nothing on, and the batch norm behind it amplifies what is left until
    /// training diverges. With bias 0 the slope is 0.47 for n = 2.
    /// </summary>
    public static FastGrnnStart ShortSequences { get; } = new(null, 0);

    /// <summary>Start of a matrix (rows, columns).</summary>
    internal Distribution Matrix(Shape shape) => Distribution.Normal(Deviation ?? 1 / Math.Sqrt(shape[0]));
}
