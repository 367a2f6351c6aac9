using GpuPool.Autograd;

namespace GpuPool.Experiments.Tasks;

/// <summary>What a network makes of a batch.</summary>
/// <param name="Output">Its output.</param>
/// <param name="Loss">The scalar that is minimised.</param>
internal record Outcome(Tensor Output, Tensor Loss);
