using GpuPool.Kernels;

namespace GpuPool.Models.Costs;

/// <summary>What a network costs for one image: parameters, multiply-adds and bytes of activations.</summary>
/// <remarks>
/// Every module declares its own cost, so there is no second description of the networks. Batch norm and activation are computed in the place of the
/// map they change and count with the layer before them. A restoration (section 3 of the paper) counts as the paper writes it, after up-sampling,
/// although it is computed before.
/// </remarks>
/// <param name="Parameters">Number of trained elements.</param>
/// <param name="Layers">The layers in the order in which they run.</param>
public sealed record Cost(long Parameters, IReadOnlyList<LayerCost> Layers)
{
    /// <summary>Multiply-adds of everything that is counted.</summary>
    public long MultiplyAdds => Layers.Sum(layer => layer.MultiplyAdds);

    /// <summary>Bytes of all layers' outputs, which training keeps for the backward pass.</summary>
    public long ActivationBytes => Layers.Sum(layer => layer.OutputBytes);

    /// <summary>The largest sum of input and output bytes of a single layer: evaluation cannot do with less.</summary>
    public long PeakBytes => Layers.Max(layer => layer.WorkingBytes);

    /// <summary>The cost of a network on square images.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="options">Its classes, width and element type.</param>
    /// <param name="size">Side of the image in pixels.</param>
    /// <exception cref="ShapeException">The image is too small for the network.</exception>
    public static Cost Of(Architecture architecture, NetworkOptions options, int size) =>
        Of(new Network(architecture, options), new Shape(1, size, size, Network.ImageChannels), options.DType);

    /// <summary>The cost of a module, with or without memory, on an input of this shape.</summary>
    public static Cost Of(Module module, Shape x, DType type = DType.Float32)
    {
        var book = new CostBook(module, type);
        module.Measure(x, book);
        return new Cost(module.States.Where(entry => entry.State.IsParameter).Sum(entry => (long)entry.State.Shape.Count), book.Layers);
    }

    /// <summary>Multiply-adds of one kind.</summary>
    public long MultiplyAddsOf(CostPart part) => Layers.Where(layer => layer.Part == part).Sum(layer => layer.MultiplyAdds);
}
