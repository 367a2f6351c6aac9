using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Costs;

/// <summary>A piece of memory that the ops of a trace share: an op in place, or one that changes the shape alone, goes on with that of its operand.</summary>
internal sealed class TracedMap(int maker)
{
    private readonly List<Tensor> _tensors = [];

    /// <summary>Number of the op that makes it; -1 for the input.</summary>
    public int Maker => maker;

    /// <summary>Its extents as its layer leaves it.</summary>
    public Shape Shape { get; private set; }

    /// <summary>Who reads it, in their order.</summary>
    public List<TracedRead> Reads { get; } = [];

    /// <summary>The maps of a trace in the order in which they are made, the input first.</summary>
    public static TracedMap[] Of(ModuleTrace trace)
    {
        var lastReads = new Dictionary<Tensor, int>();
        for (int index = 0; index < trace.Ops.Count; index++)
        {
            foreach (Tensor input in trace.Ops[index].Inputs)
                lastReads[input] = index;
        }
        List<TracedMap> maps = [];
        var places = new Dictionary<Tensor, TracedMap>();
        Add(new TracedMap(-1), trace.Input);
        for (int index = 0; index < trace.Ops.Count; index++)
        {
            TracedOp op = trace.Ops[index];
            TracedMap[] operands = [.. op.Inputs.Where(places.ContainsKey).Select(input => places[input]).Distinct()];
            TracedMap? place = op.Op.Memory switch
            {
                OutputMemory.Shared => operands[0],
                OutputMemory.InPlace => operands.Where(map => map.Shape.Count == op.Output.Shape.Count && map.IsReadLastBy(index, lastReads)).MaxBy(map => map.Maker),
                _ => null,
            };
            TracedMap made = place ?? new TracedMap(index);
            foreach (TracedMap operand in operands.Where(operand => operand != place))
                operand.Reads.Add(new TracedRead(index, made, place is not null));
            if (place is null)
                Add(made, op.Output);
            else
                place.Hold(op.Output, place.Maker >= 0 && trace.Ops[place.Maker].Frame?.Layer == op.Frame?.Layer);
            places[op.Output] = made;
        }
        return [.. maps];

        void Add(TracedMap map, Tensor tensor)
        {
            map.Hold(tensor, true);
            maps.Add(map);
            places[tensor] = map;
        }
    }

    private void Hold(Tensor tensor, bool isWithinLayer)
    {
        _tensors.Add(tensor);
        if (isWithinLayer)
            Shape = tensor.Shape;
    }

    private bool IsReadLastBy(int op, Dictionary<Tensor, int> lastReads) => _tensors.All(tensor => !lastReads.TryGetValue(tensor, out int last) || last <= op);
}

/// <summary>An op reads a map that it does not go on with.</summary>
/// <param name="Op">Number of the op.</param>
/// <param name="Target">The map that holds its output.</param>
/// <param name="InPlace">Whether its output is in the place of another operand.</param>
internal sealed record TracedRead(int Op, TracedMap Target, bool InPlace);
