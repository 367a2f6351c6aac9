using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Pruning;

/// <summary>
/// Channel pruning by sparse momentum while a network is trained (Dettmers and Zettlemoyer, 2019, in the channel variant of Kundu et al.: DNR, ASP-DAC 2021):
/// the weights that read a channel form a sub-matrix; those of the smallest F-norm are masked, and masked ones whose momentum has the largest come back.
/// </summary>
/// <remarks>
/// Read in public code: masks multiply the weights after every step, momentum runs on under the mask, a channel comes back with weights 0 unless it went in the same
/// update, convolutions only. Ours: a channel is masked in all its consumers at once, by the sum of their F-norms, so that it can leave the network; the
/// first mask takes the strongest channels (in the original a random mask, or that of the weights which are 0); every map keeps round(density * channels)
/// after every update, where the original moves weights between layers by their momentum, and its strongest channel is never exchanged; equal norms go by channel,
/// lower first, where a percentile drops them together. Producers are not masked: behind masked consumers they change nothing, get no gradient and stay as they are, and the gradient of a masked
/// consumer is alive, without which momentum could not tell what should come back.
/// </remarks>
public sealed class ChannelPruning : IDisposable
{
    private readonly double _density;
    private readonly Consumer[][] _groups;

    /// <summary>Masks for the first stage of a network, which mask nothing yet.</summary>
    /// <param name="network">The network.</param>
    /// <param name="optimizer">Trains it.</param>
    /// <param name="density">Share of the channels that stay.</param>
    public ChannelPruning(Network network, Sgd optimizer, double density)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(optimizer);
        _density = density;
        Dictionary<ModuleState, string> names = network.States.ToDictionary(entry => entry.State, entry => entry.Name);
        Dictionary<string, DeviceArray> momenta = optimizer.State.ToDictionary(entry => entry.Name, entry => entry.Array);
        _groups = [.. FirstStage.Groups(network).Select(group => group.Consumers
            .Select(axis => new Consumer($"mask.{names[axis.State]}", axis, momenta[$"momentum.{names[axis.State]}"], Ones(axis.State.Value)))
            .ToArray())];
    }

    /// <summary>The masks, <c>mask.NAME</c> for each weight, of its shape: 1 or 0.</summary>
    public IEnumerable<(string Name, DeviceArray Array)> State =>
        from consumers in _groups
        from consumer in consumers
        select (consumer.Name, consumer.Mask);

    /// <summary>Masks the weights again: to be called after every step.</summary>
    public void Apply()
    {
        foreach (Consumer consumer in _groups.SelectMany(consumers => consumers))
            Multiply.InPlace(consumer.Axis.State.Value.Value, consumer.Mask);
    }

    /// <summary>Masks the weakest channels anew, and lets others in for a part of those that were kept.</summary>
    /// <param name="rate">Share of the kept channels that is exchanged, rounded up; the strongest always stays.</param>
    public void Update(double rate)
    {
        foreach (Consumer[] consumers in _groups)
        {
            bool[] kept = Next(
                Array.ConvertAll(consumers[0].Axis.Norms(consumers[0].Mask), norm => norm > 0),
                Sum(consumers, consumer => consumer.Axis.State.Value.Value),
                Sum(consumers, consumer => consumer.Momentum),
                _density,
                rate);
            foreach (Consumer consumer in consumers)
                consumer.Mask.CopyFrom(consumer.Axis.Mask(kept));
        }
        Apply();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, DeviceArray mask) in State)
            mask.Dispose();
    }

    /// <summary>The channels that are kept after those before, by the norms of their weights and of their momentum.</summary>
    internal static bool[] Next(bool[] kept, double[] weights, double[] momenta, double density, double rate)
    {
        // A channel comes back with weights 0: were all exchanged, nothing would pass through the map.
        int target = FirstStage.Channels(kept.Length, density), exchanged = Math.Min((int)Math.Ceiling(rate * target), target - 1);
        int[] all = [.. Enumerable.Range(0, kept.Length)];
        // Sorting keeps the order of equal norms.
        HashSet<int> next = [.. all.Where(channel => kept[channel]).OrderByDescending(channel => weights[channel]).Take(target - exchanged)];
        next.UnionWith(all.Where(channel => !next.Contains(channel)).OrderByDescending(channel => momenta[channel]).Take(target - next.Count).ToArray());
        return Array.ConvertAll(all, next.Contains);
    }

    private static double[] Sum(Consumer[] consumers, Func<Consumer, DeviceArray> array) =>
        consumers.Select(consumer => consumer.Axis.Norms(array(consumer))).Aggregate((left, right) => [.. left.Zip(right, (a, b) => a + b)]);

    private static DeviceArray Ones(Tensor weight)
    {
        float[] ones = new float[weight.Shape.Count];
        Array.Fill(ones, 1);
        DeviceArray array = weight.Device.Upload(weight.Shape, ones, weight.DType);
        array.LeaveScopes();
        return array;
    }

    private sealed record Consumer(string Name, ChannelAxis Axis, DeviceArray Momentum, DeviceArray Mask);
}
