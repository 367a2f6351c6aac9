using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Costs;

/// <summary>
/// The layers of a trace: ops that run together, as a whole. A step is one layer with all that it calls; so are the other ops of one call of a module, unless
/// somebody else reads what is between them. What is computed in place counts with the layer before it.
/// </summary>
internal sealed class TracedLayers
{
    private readonly ModuleTrace _trace;
    private readonly TracedMap[] _maps;
    private readonly List<Layer> _layers = [];

    private TracedLayers(ModuleTrace trace)
    {
        _trace = trace;
        _maps = TracedMap.Of(trace);
        foreach (IGrouping<TraceFrame, TracedMap> call in _maps.Where(map => map.Maker >= 0).GroupBy(map => Frame(map.Maker)))
        {
            TracedMap[] made = [.. call];
            bool isOne = call.Key.Step is not null || made[..^1].All(map => map.Reads.All(read => Frame(read.Op) == call.Key));
            foreach (TracedMap[] maps in isOne ? [made] : made.Select(map => new[] { map }))
                _layers.Add(new Layer(call.Key, maps));
        }
        _layers.Sort((left, right) => left.Last.CompareTo(right.Last));
    }

    /// <summary>What the layers cost, in the order in which they run, and which maps are live while they do.</summary>
    public static IReadOnlyList<LayerCost> Of(ModuleTrace trace, int elementBytes) => new TracedLayers(trace).Costs(elementBytes);

    private List<LayerCost> Costs(int elementBytes)
    {
        Dictionary<TracedMap, int> made = [];
        for (int place = 0; place < _layers.Count; place++)
        {
            foreach (TracedMap map in _layers[place].Maps)
                made.Add(map, place);
        }
        List<(LiveMap Map, int First, int Last)> spans = [Span("input", 0, [_maps[0]])];
        for (int place = 0; place < _layers.Count; place++)
            spans.Add(Span(_trace.Name(_layers[place].Frame), place, Outputs(place)));
        List<LayerCost> costs = [];
        for (int place = 0; place < _layers.Count; place++)
        {
            Layer layer = _layers[place];
            LiveMap output = spans[place + 1].Map;
            // What an op reads in the place of its output is no operand of its layer.
            IEnumerable<int> inputs = _maps.Where(map => map.Reads.Any(read => !read.InPlace && PlaceOf(read) == place))
                .Select(map => made.TryGetValue(map, out int maker) ? maker + 1 : 0).Distinct().Where(span => span != place + 1);
            (CostPart part, long multiplyAdds) = Count(layer);
            costs.Add(new LayerCost(output.Name, part, multiplyAdds, output.Shape, output.Bytes, output.Bytes + inputs.Sum(span => spans[span].Map.Bytes),
                [.. spans.Where(span => span.First <= place && place <= span.Last).Select(span => span.Map)]));
        }
        return costs;

        (LiveMap, int, int) Span(string name, int first, IReadOnlyList<TracedMap> maps)
        {
            // Several maps of one layer lie side by side.
            Shape shape = maps.Count == 1 ? maps[0].Shape : maps[0].Shape.WithChannels(maps.Sum(map => map.Shape.Channels));
            return (new LiveMap(name, shape, (long)shape.Count * elementBytes), first, maps.SelectMany(map => map.Reads).Select(PlaceOf).Append(first).Max());
        }

        // The layer that a reader belongs to; what is read in place, to the layer whose output is changed.
        int PlaceOf(TracedRead read) => read.Target is { } target && made.TryGetValue(target, out int place) && Frame(read.Op) == _layers[place].Frame
            ? place
            : Math.Max(0, _layers.FindLastIndex(layer => layer.Last <= read.Op));

        IReadOnlyList<TracedMap> Outputs(int place)
        {
            TracedMap[] outputs = [.. _layers[place].Maps.Where(map => map.Reads.Any(read => PlaceOf(read) != place))];
            return outputs.Length > 0 ? outputs : [_layers[place].Maps[^1]];
        }
    }

    private (CostPart Part, long MultiplyAdds) Count(Layer layer)
    {
        TracedOp[] ops = [.. layer.Maps.Select(map => _trace.Ops[map.Maker])];
        CostPart part = layer.Frame.Part ?? ops.Select(op => op.Op.Part).FirstOrDefault(part => part != CostPart.None);
        return (part, part == CostPart.None ? 0 : layer.Frame.MultiplyAdds ?? ops.Sum(op => op.MultiplyAdds));
    }

    private TraceFrame Frame(int op) => _trace.Ops[op].Frame!.Layer;

    private sealed record Layer(TraceFrame Frame, TracedMap[] Maps)
    {
        public int Last => Maps[^1].Maker;
    }
}
