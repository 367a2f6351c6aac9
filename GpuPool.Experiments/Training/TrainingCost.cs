using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pruning;

namespace GpuPool.Experiments.Training;

/// <summary>The cost of the network that a run ends with.</summary>
internal static class TrainingCost
{
    /// <summary>The cost for one image; with pruning, that of the network without the channels that are masked at the end.</summary>
    public static Cost Cost(this TrainingConfig config, int classes)
    {
        Architecture architecture = Architecture.Parse(config.Architecture);
        var options = new NetworkOptions(classes, config.Width);
        if (config.Pruning is { } pruning)
            options = options with { Channels = FirstStage.Channels(new Network(architecture, options), pruning.Density) };
        return Models.Costs.Cost.Of(architecture, options, config.Size);
    }
}
