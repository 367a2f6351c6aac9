using GpuPool.Kernels.Updates;

namespace GpuPool.Autograd;

/// <summary>Adam: see <see cref="AdamUpdate"/>. Keeps <c>mean.NAME</c> and <c>square.NAME</c>.</summary>
/// <param name="parameters">What to change, under unique names.</param>
/// <param name="learningRate">Rate of the first step.</param>
/// <param name="beta1">Share of the mean gradient that each step keeps.</param>
/// <param name="beta2">Share of the mean square gradient that each step keeps.</param>
/// <param name="epsilon">Keeps the step finite where the gradient has always been 0.</param>
/// <param name="weightDecay">Pull towards 0 of each parameter that <see cref="Parameter.Decays"/>.</param>
public sealed class Adam(
    IEnumerable<(string Name, Parameter Parameter)> parameters,
    double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
    : Optimizer(parameters, learningRate, "mean", "square")
{
    /// <inheritdoc/>
    protected override Update NextUpdate(bool decays) =>
        new AdamUpdate(LearningRate, beta1, beta2, epsilon, decays ? weightDecay : 0, Steps);
}
