using GpuPool.Autograd;
using GpuPool.Models;
using GpuPool.Models.Pruning;

namespace GpuPool.Experiments.Training;

/// <summary>
/// Channel pruning of the first stage while a network is fine-tuned, the paper's "+CP" (section 6.4), see <see cref="Models.Pruning.ChannelPruning"/>.
/// The paper names its method (Kundu et al., DNR, ASP-DAC 2021) and no number but "2x"; the defaults are our reading of it, not read in any code.
/// </summary>
public sealed record PruningConfig
{
    private const double FirstRate = 0.5;

    /// <summary>Share of the channels that stay, above 0 and below 1.</summary>
    public double Density { get; init; } = 0.5;

    /// <summary>Epochs trained whole before the first mask; 0 for a run that starts from trained weights.</summary>
    public int AfterEpoch { get; init; }

    /// <summary>Learning rate, without a schedule, of the epochs with masks.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Folder of the finished run whose best weights this one starts from; null for random ones.</summary>
    public string? Start { get; init; }

    private string? StartPath => Start is null ? null : Path.TrimEndingDirectorySeparator(Path.GetFullPath(Start));

    /// <summary>Whether another is the same; a folder may be written in different ways.</summary>
    public bool Equals(PruningConfig? other) => other is not null
        && (Density, AfterEpoch, LearningRate, StartPath) == (other.Density, other.AfterEpoch, other.LearningRate, other.StartPath);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Density, AfterEpoch, LearningRate, StartPath);

    /// <summary>The masks of a network, on its way to this density; none before the first <see cref="ChannelPruning.Update"/>.</summary>
    internal ChannelPruning Begin(Module network, Sgd optimiser) => new((Network)network, optimiser, Density);

    /// <summary>
    /// Share of the kept channels that give way to others before an epoch: 0.5 after the first epoch with masks, falling linearly to 0 after the last (DNR's decay);
    /// 0 before the first, which masks the weakest channels; null where there are no masks.
    /// </summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="epochs">Number of epochs.</param>
    public double? RateBefore(int epoch, int epochs) => (epoch - AfterEpoch - 1) switch
    {
        < 0 => null,
        0 => 0,
        int done => FirstRate * (1 - (double)done / (epochs - AfterEpoch)),
    };
}
