using System.Text.Json.Serialization;
using GpuPool.Experiments.Tasks;

namespace GpuPool.Experiments.Training;

/// <summary>
/// Where a run stands between two steps, beside its tensors. All that is random is drawn by counters: the order of the images,
/// their crops and flips from seed, epoch and image, the choices of stochastic pooling from seed and step. So these numbers are also the position
/// in the random numbers and in the data.
/// </summary>
/// <param name="Epoch">Current epoch, from 1.</param>
/// <param name="Step">Steps done in it.</param>
/// <param name="Means">Loss and other measures of these steps.</param>
/// <param name="Seconds">Time of these steps.</param>
/// <param name="PeakBytes">Most device memory in use in these steps.</param>
internal sealed record TrainingState(int Epoch, int Step, [property: JsonPropertyName("score")] Means Means, double Seconds, long PeakBytes)
{
    /// <summary>Before the first step.</summary>
    public static TrainingState Start { get; } = new(1, 0, Means.None, 0, 0);

    /// <summary>Whether the loss has left the finite numbers in this epoch.</summary>
    public bool HasDiverged => !Means.Sums.IsFinite;

    /// <summary>The first step of the next epoch.</summary>
    public TrainingState NextEpoch() => Start with { Epoch = Epoch + 1 };
}
