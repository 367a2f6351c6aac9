using GpuPool.Kernels;

namespace GpuPool.Models.Pruning;

/// <summary>
/// The channels that channel pruning may remove: those of the maps made before the end of the first stage, the largest of the network. The paper prunes "the
/// initial maps" and does not say which tensors; this is our reading, alternatives are the inputs of stage 1's own convolutions alone (no trunk,
/// no map that leaves the stage) or the same density in every stage.
/// </summary>
/// <remarks>
/// MobileNetV2 has two such maps, stem to projection (its depthwise filter goes with it) and projection to the expansion of stage 2; ResNet18 the trunk, with one
/// set of channels for all that is added, and the inside of both blocks; DenseNet121 the inside of its layers, as what is joined is left whole; VGG16 and Inception v3
/// the output of each convolution. A pool on the way goes with the map where its ops say how (<c>maxp</c>, <c>avgp</c>, <c>nlp</c> and its ablations, <c>lip</c>,
/// <c>gaussian_pool</c>); with any other the map is left whole. So is one that stage 2 adds to, as <c>mobilenet</c> at width 0.35 does: to remove its channels would
/// prune stage 2.
/// </remarks>
public static class FirstStage
{
    // The channels do not depend on the size of the image that is followed, which need only be large enough: for the strides, and for convolutions without padding.
    private const int LeastSize = 224;

    /// <summary>Its maps in the order in which they are made.</summary>
    public static IReadOnlyList<ChannelGroup> Groups(Network network)
    {
        int size = Math.Max(LeastSize, 4 * network.Backbone.Stages[^1].Stride);
        ModuleTrace trace = ModuleTrace.Of(network, new Shape(1, size, size, Network.ImageChannels));
        HashSet<ModuleState> first = [.. network.Backbone.StatesThrough(0)];
        // What is one pixel, as the global features of a Gaussian pool, is no map.
        return [.. ChannelGroups.Of(trace).Where(group =>
            !group.IsFixed && group.Map[1] * group.Map[2] > 1 && group.Producers.All(producer => first.Contains(producer.State)))];
    }

    /// <summary>Channels of each map at a density, to the nearest whole number and at least one.</summary>
    public static IReadOnlyList<int> Channels(Network network, double density) => [.. Groups(network).Select(group => Channels(group.Channels, density))];

    /// <summary>The channels of each map that are not masked: some weight that reads them is not 0.</summary>
    public static IReadOnlyList<bool[]> Kept(Network network) => [.. Groups(network).Select(Kept)];

    internal static int Channels(int channels, double density) => Math.Max(1, (int)Math.Round(density * channels, MidpointRounding.AwayFromZero));

    /// <summary>Leaves so many channels in each map of a network without memory.</summary>
    /// <exception cref="ArchitectureException">They are not one number for each map, within 1 and its channels.</exception>
    internal static void Narrow(Network network, IReadOnlyList<int> channels)
    {
        IReadOnlyList<ChannelGroup> groups = Groups(network);
        if (channels.Count != groups.Count || channels.Zip(groups, (left, group) => left >= 1 && left <= group.Channels).Contains(false))
            throw new ArchitectureException(
                $"the first stage of {network.Architecture} has maps of at most ({string.Join(", ", groups.Select(group => group.Channels))}) channels, "
                + $"and cannot have ({string.Join(", ", channels)})");
        for (int index = 0; index < groups.Count; index++)
        {
            foreach (ChannelAxis axis in groups[index].Axes)
                axis.State.Narrow(axis.Axis, channels[index]);
        }
    }

    private static bool[] Kept(ChannelGroup group)
    {
        bool[] kept = new bool[group.Channels];
        foreach (ChannelAxis consumer in group.Consumers)
        {
            double[] norms = consumer.Norms(consumer.State.Value.Value);
            for (int channel = 0; channel < kept.Length; channel++)
                kept[channel] |= norms[channel] != 0;
        }
        // A map without channels is no map.
        kept[0] |= !kept.Contains(true);
        return kept;
    }
}
