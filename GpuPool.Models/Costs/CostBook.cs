using GpuPool.Kernels;

namespace GpuPool.Models.Costs;

/// <summary>Collects the costs of the layers, and which maps they read, while maps are followed through a module.</summary>
/// <param name="root">The module whose parts give the layers their names.</param>
/// <param name="elementBytes">Bytes of a number of a map.</param>
public sealed class CostBook(Module root, int elementBytes)
{
    private readonly Dictionary<Module, string> _names = root.Modules.ToDictionary(entry => entry.Module, entry => entry.Name);
    private readonly List<LayerCost> _layers = [];
    private readonly List<Span> _spans = [];

    /// <summary>The layers entered, in the order in which they run.</summary>
    public IReadOnlyList<LayerCost> Layers =>
        [.. _layers.Select((layer, index) => layer with { Live = [.. _spans.Where(span => span.First <= index && index <= span.Last).Select(span => span.Map)] })];

    /// <summary>The map that the first layer reads.</summary>
    public Map Input(Shape shape) => Begin("input", shape);

    /// <summary>Enters a layer that runs as a whole module.</summary>
    /// <returns>Its output.</returns>
    public Map Enter(Module module, CostPart part, long multiplyAdds, Shape output, params ReadOnlySpan<Map> inputs) =>
        Enter(_names[module], part, multiplyAdds, output, inputs);

    /// <summary>Enters a step within a module, such as the softmax of an attention module.</summary>
    /// <returns>Its output.</returns>
    public Map Enter(Module module, string step, CostPart part, long multiplyAdds, Shape output, params ReadOnlySpan<Map> inputs) =>
        Enter($"{_names[module]}.{step}", part, multiplyAdds, output, inputs);

    /// <summary>A map is read once more in the place of the last layer's output, as by the addition of a shortcut: it lives until that layer has run.</summary>
    public void Read(Map map) => _spans[map.Number].Last = _layers.Count - 1;

    private Map Enter(string name, CostPart part, long multiplyAdds, Shape output, ReadOnlySpan<Map> inputs)
    {
        Map y = Begin(name, output);
        long bytes = _spans[y.Number].Map.Bytes, working = bytes;
        _layers.Add(new LayerCost(name, part, multiplyAdds, output, bytes, 0, []));
        foreach (Map input in inputs)
        {
            Read(input);
            working += _spans[input.Number].Map.Bytes;
        }
        _layers[^1] = _layers[^1] with { WorkingBytes = working };
        return y;
    }

    private Map Begin(string name, Shape shape)
    {
        _spans.Add(new Span(new LiveMap(name, shape, (long)shape.Count * elementBytes), _layers.Count));
        return new Map(shape, _spans.Count - 1);
    }

    // A map lives from the layer that makes it to the last one that reads it.
    private sealed class Span(LiveMap map, int first)
    {
        public LiveMap Map => map;

        public int First { get; } = first;

        public int Last { get; set; } = first;
    }
}
