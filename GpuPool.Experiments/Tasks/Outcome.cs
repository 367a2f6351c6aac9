using GpuPool.Autograd;

namespace GpuPool.Experiments.Tasks;

/// <summary>What a module makes of a batch of training; what else there is to it is known to the task.</summary>
/// <param name="Loss">The scalar that is minimised.</param>
internal abstract record Outcome(Tensor Loss);
