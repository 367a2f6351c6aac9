using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Pruning;

/// <summary>Follows the channels of all maps through the ops of a trace, by what each op says of its operands, see <see cref="ChannelRole"/>.</summary>
public sealed class ChannelGroups
{
    private readonly Dictionary<Tensor, ChannelGroup> _groups = [];
    private readonly ModuleTrace _trace;
    private readonly List<ChannelGroup> _all = [];

    private ChannelGroups(ModuleTrace trace)
    {
        _trace = trace;
        _groups.Add(trace.Input, new ChannelGroup(trace.Input.Shape, isFixed: true));
        foreach (TracedOp op in trace.Ops)
            Follow(op);
    }

    /// <summary>The groups in the order in which their first maps are made.</summary>
    public static IReadOnlyList<ChannelGroup> Of(ModuleTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return new ChannelGroups(trace)._all;
    }

    private void Follow(TracedOp op)
    {
        Shape[] shapes = [.. op.Inputs.Select(input => input.Shape)];
        ILookup<ChannelRole, Tensor> operands = op.Inputs.Select((input, place) => (input, Role: op.Op.Channels(place, shapes)))
            .ToLookup(entry => entry.Role, entry => entry.input);
        ChannelGroup made = Made(operands, op.Output.Shape);
        foreach (ChannelGroup operand in operands[ChannelRole.Fixed].Where(_groups.ContainsKey).Select(operand => _groups[operand]))
        {
            operand.Fix();
            made.Fix();
        }
        foreach (Tensor kept in operands[ChannelRole.Kept])
            made = Join(made, kept, weighs: false);
        foreach (Tensor weight in operands[ChannelRole.Weighs])
            made = Join(made, weight, weighs: true);
        foreach (DeviceArray state in op.Op.States)
            Tie(made, state);
        _groups[op.Output] = made;
    }

    private ChannelGroup Made(ILookup<ChannelRole, Tensor> operands, Shape map)
    {
        if (operands[ChannelRole.Kept].FirstOrDefault(_groups.ContainsKey) is { } kept)
            return _groups[kept];
        ModuleState? weight = operands[ChannelRole.Mixes].Select(operand => _trace.State(operand.Value)).FirstOrDefault();
        ChannelGroup made = weight is null ? new ChannelGroup(map, isFixed: true) : ChannelGroup.MadeBy(weight, map);
        foreach (ChannelGroup read in operands[ChannelRole.Mixed].Where(_groups.ContainsKey).Select(operand => _groups[operand]))
        {
            if (weight is null)
                read.Fix();
            else
                read.Mix(weight);
        }
        _all.Add(made);
        return made;
    }

    // Of two groups the one that was made first goes on.
    private ChannelGroup Join(ChannelGroup made, Tensor operand, bool weighs)
    {
        if (!_groups.TryGetValue(operand, out ChannelGroup? other))
        {
            Tie(made, operand.Value);
            return made;
        }
        if (other == made)
            return made;
        (ChannelGroup first, ChannelGroup second) = weighs || _all.IndexOf(made) < _all.IndexOf(other) ? (made, other) : (other, made);
        first.Join(second, weighs);
        _all.Remove(second);
        foreach (Tensor tensor in _groups.Where(entry => entry.Value == second).Select(entry => entry.Key).ToArray())
            _groups[tensor] = first;
        return first;
    }

    // What is no parameter, but made of one, cannot be shortened.
    private void Tie(ChannelGroup group, DeviceArray array)
    {
        if (_trace.State(array) is { } state)
            group.Tie(state);
        else
            group.Fix();
    }
}
