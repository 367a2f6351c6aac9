namespace GpuPool.Models.Pruning;

/// <summary>
/// The channels of a map, and all tensors that have one part a channel: a channel can leave the network only everywhere at once. Modules build the groups
/// as they hand the map on, see <see cref="Module.Follow"/>.
/// </summary>
/// <remarks>
/// While the parts of the <see cref="Consumers"/> that read a channel are zero, nothing else of the network depends on that channel, whatever its producers make of
/// it: to mask the consumers alone is exactly to remove the channel.
/// </remarks>
public sealed class ChannelGroup
{
    private readonly List<ChannelGroup> _trace;
    // Ties change a channel by itself on the way: biases, batch norms, depthwise filters, the scores of a pool.
    private readonly List<ChannelAxis> _producers = [], _ties = [], _consumers = [];

    private ChannelGroup(List<ChannelGroup> trace) => (_trace = trace).Add(this);

    /// <summary>Outputs of the convolutions that make the map; of several that are added, all.</summary>
    public IReadOnlyList<ChannelAxis> Producers => _producers;

    /// <summary>Inputs of the weights that mix the channels.</summary>
    public IReadOnlyList<ChannelAxis> Consumers => _consumers;

    /// <summary>All of these.</summary>
    public IEnumerable<ChannelAxis> Axes => [.. _producers, .. _ties, .. _consumers];

    /// <summary>Whether a module uses the channels in a way that it does not declare, so that none can be removed.</summary>
    public bool IsFixed { get; private set; }

    /// <summary>Number of channels of a map that a convolution makes.</summary>
    public int Channels => _producers[0].Channels;

    /// <summary>The channels of the images, which are fixed.</summary>
    /// <param name="trace">Is filled with all groups that follow from it.</param>
    internal static ChannelGroup Image(List<ChannelGroup> trace) => new(trace) { IsFixed = true };

    /// <summary>The map is read by a weight (k, k, in, out), which makes another.</summary>
    internal ChannelGroup Mix(ModuleState weight)
    {
        _consumers.Add(new ChannelAxis(weight, 2));
        var made = new ChannelGroup(_trace);
        made._producers.Add(new ChannelAxis(weight, 3));
        return made;
    }

    /// <summary>A tensor whose last axis is the channels changes each by itself.</summary>
    internal ChannelGroup Tie(params ReadOnlySpan<ModuleState?> states)
    {
        foreach (ModuleState? state in states)
        {
            if (state is not null)
                _ties.Add(new ChannelAxis(state, state.Shape.Rank - 1));
        }
        return this;
    }

    /// <summary>Another map is added to this one, channel by channel: from here on they are one.</summary>
    internal ChannelGroup Add(ChannelGroup other)
    {
        _producers.AddRange(other._producers);
        return Absorb(other, other._ties);
    }

    /// <summary>Another map weighs this one, channel by channel. It does not make the channels: without it they would still be there.</summary>
    internal ChannelGroup Weigh(ChannelGroup weights) => Absorb(weights, [.. weights._producers, .. weights._ties]);

    /// <summary>The map is used in a way that is not followed; so is what is made of it.</summary>
    /// <returns>The channels of what is made of it.</returns>
    internal ChannelGroup Fix()
    {
        IsFixed = true;
        return new ChannelGroup(_trace) { IsFixed = true };
    }

    private ChannelGroup Absorb(ChannelGroup other, IEnumerable<ChannelAxis> ties)
    {
        _ties.AddRange(ties);
        _consumers.AddRange(other._consumers);
        IsFixed |= other.IsFixed;
        _trace.Remove(other);
        return this;
    }
}
