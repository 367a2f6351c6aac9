using GpuPool.Kernels.Updates;

namespace GpuPool.Autograd;

/// <summary>Stochastic gradient descent with momentum: see <see cref="SgdUpdate"/>. Keeps <c>momentum.NAME</c>.</summary>
/// <param name="parameters">What to change, under unique names.</param>
/// <param name="learningRate">Rate of the first step.</param>
/// <param name="momentum">Share of the last step's velocity that is kept.</param>
/// <param name="weightDecay">Pull towards 0 of each parameter that <see cref="Parameter.Decays"/>.</param>
public sealed class Sgd(IEnumerable<(string Name, Parameter Parameter)> parameters, double learningRate, double momentum = 0.9, double weightDecay = 0)
    : Optimizer(parameters, learningRate, "momentum")
{
    /// <inheritdoc/>
    protected override Update NextUpdate(bool decays) => new SgdUpdate(LearningRate, momentum, decays ? weightDecay : 0);
}
