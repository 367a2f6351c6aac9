using System.Globalization;
using GpuPool.Kernels;

namespace GpuPool.Models.Costs;

/// <summary>What a network costs for one image: parameters, multiply-adds and bytes of activations.</summary>
/// <remarks>
/// Read from the trace of a forward pass, so there is no second description of the networks: every op says what it counts and where its output is. Batch norm and
/// activation are computed in the place of the map they change and count with the layer before them, and so is the addition of a shortcut. One thing is counted
/// otherwise than computed: a restoration (section 3 of the paper) counts as many multiply-adds as the paper writes, after up-sampling, although it is computed before.
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
    public long LayerPeakBytes => Layers.Max(layer => layer.WorkingBytes);

    /// <summary>The layer during which most bytes are live; the first of several.</summary>
    public LayerCost PeakLayer => Layers.MaxBy(layer => layer.LiveBytes)!;

    /// <summary>
    /// Most bytes of maps that are live at one time in evaluation, layer after layer: a map lives from the layer that makes it to the last one that reads
    /// it. Weights and the scratch memory of a layer are not counted.
    /// </summary>
    public long PeakBytes => PeakLayer.LiveBytes;

    /// <summary>The cost of a network on square images.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="options">Its classes, width and element type.</param>
    /// <param name="size">Side of the image in pixels.</param>
    /// <param name="elementBytes">Bytes of a number of a map; by default those of the element type, 1 as after quantisation to int8.</param>
    /// <exception cref="ShapeException">The image is too small for the network; the message says which is not.</exception>
    public static Cost Of(Architecture architecture, NetworkOptions options, int size, int? elementBytes = null)
    {
        var network = new Network(architecture, options);
        try
        {
            return Of(network, new Shape(1, size, size, Network.ImageChannels), elementBytes ?? options.DType.Bytes());
        }
        catch (ShapeException exception) when (exception.Fault == ShapeFault.TooSmall && network.SmallestImage is { } smallest)
        {
            throw new ShapeException(string.Create(CultureInfo.InvariantCulture,
                $"{architecture} takes images of at least {smallest} x {smallest} pixels, but these have {size} x {size}."))
            { Fault = ShapeFault.TooSmall };
        }
    }

    /// <summary>The cost of a module, with or without memory, on an input of this shape.</summary>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    public static Cost Of(Module module, Shape x, int elementBytes = sizeof(float))
    {
        ArgumentNullException.ThrowIfNull(module);
        return new Cost(
            module.States.Where(entry => entry.State.IsParameter).Sum(entry => (long)entry.State.Shape.Count), TracedLayers.Of(ModuleTrace.Of(module, x), elementBytes));
    }

    /// <summary>Multiply-adds of one kind.</summary>
    public long MultiplyAddsOf(CostPart part) => Layers.Where(layer => layer.Part == part).Sum(layer => layer.MultiplyAdds);
}
