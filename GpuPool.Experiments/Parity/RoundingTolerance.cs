using GpuPool.Autograd;
using GpuPool.Models;

namespace GpuPool.Experiments.Parity;

/// <summary>
/// Replays in float32 with weights changed by half a unit in the last place, which no implementation that rounds otherwise than the recording one differs less from than by. Where that
/// moves a tensor by more than its fixed tolerance, a few times the distance is what is tolerated.
/// </summary>
internal static class RoundingTolerance
{
    private const double Rounding = 1.0 / (1 << 24);
    private const double Margin = 4;

    /// <summary>The tensors of a replay with the tolerance that they have by rounding.</summary>
    /// <param name="replay">Replays with the weights as they are, or changed by a source of random numbers.</param>
    /// <param name="repetitions">Replays with changed weights.</param>
    public static IEnumerable<ReplayedTensor> Of(Func<Random?, IReadOnlyList<ReplayedTensor>> replay, int repetitions)
    {
        IReadOnlyList<ReplayedTensor> tensors = replay(null);
        IReadOnlyList<ReplayedTensor>[] moved = [.. Enumerable.Range(0, repetitions).Select(seed => replay(new Random(seed)))];
        return tensors.Select((tensor, index) => tensor with { Tolerance = Math.Max(tensor.Tolerance, Margin * moved.Max(replayed => tensor.DistanceTo(replayed[index]))) });
    }

    /// <summary>Changes all weights by at most half a unit in the last place.</summary>
    public static void Change(Module module, Random random)
    {
        foreach ((_, Parameter parameter) in module.Parameters)
            parameter.Value.CopyFrom(Array.ConvertAll(parameter.Value.ToDoubles(), value => value * (1 + Rounding * (2 * random.NextDouble() - 1))));
    }
}
