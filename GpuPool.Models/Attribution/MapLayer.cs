using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Attribution;

/// <summary>A layer of a network whose maps show where it looks.</summary>
/// <param name="Name">Its name among the modules of the network; that of weights is <c>POOL.logit.pool_weight</c>, as in the released code.</param>
/// <param name="Module">The module that makes the map; for weights, the pool that weighs.</param>
/// <param name="IsWeights">Whether the map is pi(x), the weights of a <see cref="WeightedPool"/> before it weighs; else the output of the module.</param>
public sealed record MapLayer(string Name, Module Module, bool IsWeights)
{
    private const string WeightsName = "logit.pool_weight";

    /// <summary>
    /// The layers of a network that can be asked for: its pools, the weights of those that have some and the outputs of the others, and the last map of each stage.
    /// </summary>
    public static IReadOnlyList<MapLayer> All(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Dictionary<Module, string> names = network.Modules.DistinctBy(entry => entry.Module).ToDictionary(entry => entry.Module, entry => entry.Name);
        IEnumerable<MapLayer> stages = network.Backbone.Ends.Select(end => new MapLayer(names[end.Last], end.Last, IsWeights: false));
        return [.. Pools(network).Concat(stages).DistinctBy(layer => layer.Name)];
    }

    /// <summary>The layers to look at where nothing else is said: every pool, as the paper does, or the last map where the network has none.</summary>
    public static IReadOnlyList<MapLayer> Defaults(Network network) => Pools(network) is { Count: > 0 } pools ? pools : [All(network)[^1]];

    /// <summary>The shape of its map for images of a shape.</summary>
    /// <exception cref="ShapeException">The images do not fit the network.</exception>
    public Shape MapShape(Module network, Shape images) => Find(ModuleTrace.Of(network, images).Ops) is var op && IsWeights ? op.Inputs[1].Shape : op.Output.Shape;

    /// <summary>The op of a traced pass that makes the map; for weights the one that weighs.</summary>
    internal TracedOp Find(IReadOnlyList<TracedOp> ops) => ops.Last(op => op.Frame?.IsWithin(Module) == true && (!IsWeights || op.Op is WeightedPool2d));

    private static IReadOnlyList<MapLayer> Pools(Network network) =>
    [
        .. from part in network.Modules
           where part.Module.IsPool
           let isWeights = part.Module is WeightedPool
           select new MapLayer(isWeights ? $"{part.Name}.{WeightsName}" : part.Name, part.Module, isWeights),
    ];
}
