using GpuPool.Autograd;

namespace GpuPool.Models.Detection;

/// <summary>What a detector minimises for a batch.</summary>
/// <param name="Total">The sum of the parts, a scalar.</param>
/// <param name="Parts">Scalars with their names in snake_case, each ending in <c>_loss</c>, such as <c>box_loss</c>.</param>
public sealed record DetectorLoss(Tensor Total, IReadOnlyList<(string Name, Tensor Value)> Parts)
{
    /// <summary>What mmdetection adds to the divisors of losses: the float32 next to 1, less 1.</summary>
    public const double DivisorEpsilon = 1.0 / (1 << 23);
}
