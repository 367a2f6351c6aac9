using GpuPool.Autograd;

namespace GpuPool.Models.Detection;

/// <summary>What a detector minimises for a batch.</summary>
/// <param name="Total">The sum of the parts, a scalar.</param>
/// <param name="Parts">Scalars with their names in snake_case, each ending in <c>_loss</c>, such as <c>box_loss</c>.</param>
public sealed record DetectorLoss(Tensor Total, IReadOnlyList<(string Name, Tensor Value)> Parts);
