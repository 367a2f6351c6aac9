using GpuPool.Kernels;

namespace GpuPool.Autograd;

/// <summary>
/// What a computation consists of: every op of this thread from <see cref="Begin"/> to the disposal, in the order in which they ran, and in which part of a network.
/// On <see cref="Device.ShapeOnly"/> it needs neither time nor memory. Where no trace is open nothing is recorded and nothing is spent.
/// </summary>
public sealed class Trace : IDisposable
{
    [ThreadStatic]
    private static Trace? _current;

    private readonly Trace? _outer = _current;
    private readonly List<TracedOp> _ops = [];
    private readonly HashSet<Tensor> _followed = [];
    private readonly Dictionary<Tensor, DeviceArray> _constants = [];

    private Trace() { }

    /// <summary>The ops so far.</summary>
    public IReadOnlyList<TracedOp> Ops => _ops;

    /// <summary>
    /// Of a trace that follows an input: the operands that do not depend on it, parameters among them. They are kept until the trace is disposed of, also where the scope
    /// that they were made in ends before.
    /// </summary>
    public IReadOnlyDictionary<Tensor, DeviceArray> Constants => _constants;

    internal TraceFrame? Frame { get; set; }

    /// <summary>Begins a trace; it hides one that is open already until it is disposed of.</summary>
    public static Trace Begin() => _current = new Trace();

    /// <summary>
    /// Begins a trace of what depends on an input, which is followed and not computed: the outputs of such ops have memory and no values. Other ops, of parameters and
    /// constants alone, are computed and left out of the trace.
    /// </summary>
    public static Trace Following(Tensor input)
    {
        Trace trace = Begin();
        trace._followed.Add(input);
        return trace;
    }

    /// <summary>The ops from here to the disposal of the result belong to a part of a network; null where no trace is open.</summary>
    /// <param name="owner">The part.</param>
    /// <param name="step">Name of a step within it, which counts as one layer with all that it calls; null for the part itself.</param>
    /// <param name="part">What its multiply-adds count as, where that is not what its ops say.</param>
    /// <param name="multiplyAdds">How many they count, where that is not what its ops do.</param>
    public static TraceFrame? Enter(object owner, string? step = null, CostPart? part = null, long? multiplyAdds = null) =>
        _current is { } trace ? new TraceFrame(trace, owner, step, part, multiplyAdds) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _current = _outer;
        foreach (DeviceArray constant in _constants.Values)
            constant.Dispose();
    }

    /// <summary>The output of an op that depends on the followed input, without values; null where the op is to be computed.</summary>
    internal static Tensor? Follow(Op op, IReadOnlyList<Tensor> inputs)
    {
        if (_current is not { } trace || !inputs.Any(trace._followed.Contains))
            return null;
        foreach (Tensor constant in inputs.Where(input => !trace._followed.Contains(input) && !trace._constants.ContainsKey(input)))
        {
            DeviceArray kept = constant.Value.Share(constant.Shape);
            kept.LeaveScopes();
            trace._constants.Add(constant, kept);
        }
        var output = Tensor.Leaf(inputs[0].Device.Allocate(op.Infer([.. inputs.Select(input => input.Shape)]), inputs[0].DType));
        trace._followed.Add(output);
        trace._ops.Add(new TracedOp(op, inputs, output, trace.Frame));
        return output;
    }

    internal static void Add(Op op, IReadOnlyList<Tensor> inputs, Tensor output)
    {
        if (_current is { _followed.Count: 0 } trace)
            trace._ops.Add(new TracedOp(op, inputs, output, trace.Frame));
    }
}

/// <summary>One op of a <see cref="Trace"/>.</summary>
/// <param name="Op">The op.</param>
/// <param name="Inputs">Its operands.</param>
/// <param name="Output">Its output.</param>
/// <param name="Frame">Where it ran; null outside of any part.</param>
public sealed record TracedOp(Op Op, IReadOnlyList<Tensor> Inputs, Tensor Output, TraceFrame? Frame)
{
    /// <summary>Multiply-adds of the op.</summary>
    public long MultiplyAdds => Op.MultiplyAdds([.. Inputs.Select(input => input.Shape)]);
}

/// <summary>One call of a part of a network while it is traced, or of a step within it.</summary>
public sealed class TraceFrame : IDisposable
{
    private readonly Trace _trace;
    private readonly TraceFrame? _outer;

    internal TraceFrame(Trace trace, object owner, string? step, CostPart? part, long? multiplyAdds)
    {
        (_trace, _outer, Owner, Step, Part, MultiplyAdds) = (trace, trace.Frame, owner, step, part, multiplyAdds);
        Layer = _outer?.Layer is { Step: not null } layer ? layer : this;
        trace.Frame = this;
    }

    /// <summary>The part.</summary>
    public object Owner { get; }

    /// <summary>Name of the step; null for a part as such.</summary>
    public string? Step { get; }

    /// <summary>What its multiply-adds count as; null where its ops say it.</summary>
    public CostPart? Part { get; }

    /// <summary>How many multiply-adds count; null for those of its ops.</summary>
    public long? MultiplyAdds { get; }

    /// <summary>The outermost step that this call is in; the call itself where it is in none.</summary>
    public TraceFrame Layer { get; }

    /// <summary>Whether it is a call of a part, or is within one.</summary>
    public bool IsWithin(object part) => ReferenceEquals(Owner, part) || _outer?.IsWithin(part) == true;

    /// <summary>Ends the call.</summary>
    public void Dispose() => _trace.Frame = _outer;
}
