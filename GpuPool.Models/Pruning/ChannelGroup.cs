using GpuPool.Kernels;

namespace GpuPool.Models.Pruning;

/// <summary>
/// The channels of a map, and all tensors that have one part a channel: a channel can leave the network only everywhere at once. <see cref="ChannelGroups"/> finds
/// them in the trace of a network.
/// </summary>
/// <remarks>
/// While the parts of the <see cref="Consumers"/> that read a channel are zero, nothing else of the network depends on that channel, whatever its producers make of
/// it: to mask the consumers alone is exactly to remove the channel.
/// </remarks>
public sealed class ChannelGroup
{
    // Ties change a channel by itself on the way: biases, batch norms, depthwise filters, the scores of a pool.
    private readonly List<ChannelAxis> _producers = [], _ties = [], _consumers = [];

    /// <summary>The channels of a map that nothing is known of yet.</summary>
    internal ChannelGroup(Shape map, bool isFixed = false) => (Map, IsFixed) = (map, isFixed);

    /// <summary>Outputs of the convolutions that make the map; of several that are added, all.</summary>
    public IReadOnlyList<ChannelAxis> Producers => _producers;

    /// <summary>Inputs of the weights that mix the channels.</summary>
    public IReadOnlyList<ChannelAxis> Consumers => _consumers;

    /// <summary>All of these.</summary>
    public IEnumerable<ChannelAxis> Axes => [.. _producers, .. _ties, .. _consumers];

    /// <summary>Whether an op uses the channels in a way that is not followed, so that none can be removed.</summary>
    public bool IsFixed { get; private set; }

    /// <summary>Shape of the map as its first producer makes it.</summary>
    public Shape Map { get; }

    /// <summary>Number of channels of a map that a convolution makes.</summary>
    public int Channels => _producers[0].Channels;

    /// <summary>The channels of a map that a weight (..., in, out) makes.</summary>
    internal static ChannelGroup MadeBy(ModuleState weight, Shape map)
    {
        var made = new ChannelGroup(map);
        made._producers.Add(new ChannelAxis(weight, weight.Shape.Rank - 1));
        return made;
    }

    /// <summary>The map is read by a weight (..., in, out).</summary>
    internal void Mix(ModuleState weight) => _consumers.Add(new ChannelAxis(weight, weight.Shape.Rank - 2));

    /// <summary>A tensor whose last axis is the channels changes each by itself.</summary>
    internal void Tie(ModuleState state) => _ties.Add(new ChannelAxis(state, state.Shape.Rank - 1));

    /// <summary>None of the channels can be removed.</summary>
    internal void Fix() => IsFixed = true;

    /// <summary>Another map is joined to this one, channel by channel: from here on they are one.</summary>
    /// <param name="other">The other.</param>
    /// <param name="weighs">Whether it does not make the channels: without it they would still be there.</param>
    internal void Join(ChannelGroup other, bool weighs)
    {
        (weighs ? _ties : _producers).AddRange(other._producers);
        _ties.AddRange(other._ties);
        _consumers.AddRange(other._consumers);
        IsFixed |= other.IsFixed;
    }
}
