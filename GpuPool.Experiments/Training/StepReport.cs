using GpuPool.Experiments.Distributed;
using GpuPool.Experiments.Tasks;

namespace GpuPool.Experiments.Training;

/// <summary>What a training step has shown, and what is to be done after it.</summary>
/// <param name="Means">Loss and other measures of its pictures.</param>
/// <param name="IsInterrupted">Whether the training is to end.</param>
/// <param name="IsCheckpointDue">Whether the run is to be saved.</param>
internal readonly record struct StepReport(Means Means, bool IsInterrupted, bool IsCheckpointDue)
{
    /// <summary>Those of all ranks as one: the same for all, so that none goes another way.</summary>
    public static StepReport OfAll(Ranks ranks, StepReport own)
    {
        if (ranks.Count == 1)
            return own;
        double[] sums = [own.Means.Images, own.IsInterrupted ? 1 : 0, own.IsCheckpointDue ? 1 : 0, .. own.Means.Sums.Select(sum => sum.Value)];
        ranks.Sum(sums);
        return new StepReport(
            new Means((int)sums[0], new Measures([.. own.Means.Sums.Select((sum, index) => sum with { Value = sums[3 + index] })])), sums[1] > 0, sums[2] > 0);
    }
}
