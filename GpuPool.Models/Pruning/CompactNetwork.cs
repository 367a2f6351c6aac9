using GpuPool.Kernels;

namespace GpuPool.Models.Pruning;

/// <summary>A masked network without its masked channels: the same function, of fewer weights, operations and bytes.</summary>
public static class CompactNetwork
{
    /// <summary>Makes it on the same device. Its <see cref="NetworkOptions.Channels"/> say what is left of the first stage.</summary>
    /// <param name="network">A network with weights; those that read a masked channel are 0.</param>
    public static Network Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        IReadOnlyList<bool[]> kept = FirstStage.Kept(network);
        ILookup<ModuleState, (ChannelAxis Axis, bool[] Kept)> axes = FirstStage.Groups(network)
            .Zip(kept, (group, channels) => group.Axes.Select(axis => (Axis: axis, Kept: channels)))
            .SelectMany(entries => entries)
            .ToLookup(entry => entry.Axis.State);
        Device device = network.States.First().State.Value.Device;
        Network compact = Network.Create(
            device, network.Architecture, network.Options with { Channels = [.. kept.Select(channels => channels.Count(isKept => isKept))] });
        foreach ((ModuleState from, ModuleState to) in network.States.Zip(compact.States, (from, to) => (from.State, to.State)))
        {
            to.Value.Value.CopyFrom(
                [.. from.Value.Value.ToDoubles().Where((_, element) => axes[from].All(entry => entry.Kept[entry.Axis.ChannelOf(element)]))]);
        }
        return compact;
    }
}
