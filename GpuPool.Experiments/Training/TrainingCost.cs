using GpuPool.Experiments.Tasks;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pruning;

namespace GpuPool.Experiments.Training;

/// <summary>The cost of the module that a run ends with.</summary>
internal static class TrainingCost
{
    /// <summary>The cost for one image; with pruning, that of the network without the channels that are masked at the end.</summary>
    public static Cost Cost(this TrainingConfig config, ITask task)
    {
        if (config.Pruning is not { } pruning)
            return task.Cost;
        var whole = (Network)task.Create();
        return Models.Costs.Cost.Of(
            whole.Architecture, whole.Options with { Channels = FirstStage.Channels(whole, pruning.Density) }, config.Size);
    }
}
