using GpuPool.Kernels;

namespace GpuPool.Models.Costs;

/// <summary>Collects the costs of the layers while shapes are followed through a module.</summary>
public sealed class CostBook
{
    private readonly Dictionary<Module, string> _names;
    private readonly int _elementBytes;
    private readonly List<LayerCost> _layers = [];

    /// <summary>An empty book for the parts of a module.</summary>
    public CostBook(Module root, DType type)
    {
        _names = root.Modules.ToDictionary(entry => entry.Module, entry => entry.Name);
        _elementBytes = type.Bytes();
    }

    /// <summary>The layers entered, in the order in which they run.</summary>
    public IReadOnlyList<LayerCost> Layers => _layers;

    /// <summary>Enters a layer that runs as a whole module.</summary>
    /// <returns><paramref name="output"/></returns>
    public Shape Enter(Module module, CostPart part, long multiplyAdds, Shape output, params ReadOnlySpan<Shape> inputs) =>
        Enter(_names[module], part, multiplyAdds, output, inputs);

    /// <summary>Enters a step within a module, such as the softmax of an attention module.</summary>
    /// <returns><paramref name="output"/></returns>
    public Shape Enter(Module module, string step, CostPart part, long multiplyAdds, Shape output, params ReadOnlySpan<Shape> inputs) =>
        Enter($"{_names[module]}.{step}", part, multiplyAdds, output, inputs);

    private Shape Enter(string name, CostPart part, long multiplyAdds, Shape output, ReadOnlySpan<Shape> inputs)
    {
        long elements = output.Count;
        foreach (Shape input in inputs)
            elements += input.Count;
        _layers.Add(new LayerCost(name, part, multiplyAdds, output, (long)output.Count * _elementBytes, elements * _elementBytes));
        return output;
    }
}
