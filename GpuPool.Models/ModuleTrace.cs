using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models;

/// <summary>
/// The ops of a module's forward pass in evaluation, found by running it on shapes alone. What is counted, freed, pruned or exported is read here: there is no second
/// description of a network.
/// </summary>
public sealed class ModuleTrace
{
    private readonly Dictionary<object, string> _names;
    private readonly Dictionary<DeviceArray, ModuleState> _states;

    private ModuleTrace(Module module, Tensor input, Tensor output, IEnumerable<TracedOp> ops)
    {
        (Module, Input, Output) = (module, input, output);
        _names = module.Modules.ToDictionary(entry => (object)entry.Module, entry => entry.Name);
        _states = module.States.ToDictionary(entry => entry.State.Value.Value, entry => entry.State);
        HashSet<Tensor> computed = [input];
        Ops = [.. ops.Where(op => op.Inputs.Any(computed.Contains) && computed.Add(op.Output))];
    }

    /// <summary>What was traced.</summary>
    public Module Module { get; }

    /// <summary>What went in.</summary>
    public Tensor Input { get; }

    /// <summary>What came out.</summary>
    public Tensor Output { get; }

    /// <summary>The ops that depend on the input, in the order in which they run. What is made of parameters and constants alone is not among them.</summary>
    public IReadOnlyList<TracedOp> Ops { get; }

    /// <summary>Traces a module, with or without memory. Nothing is computed.</summary>
    /// <param name="module">The module.</param>
    /// <param name="x">Shape of its input.</param>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    public static ModuleTrace Of(Module module, Shape x)
    {
        ArgumentNullException.ThrowIfNull(module);
        using IDisposable evaluation = module.OnShapes(), off = GradientMode.Off();
        using Trace trace = Trace.Begin();
        Tensor input = Tensor.Leaf(Device.ShapeOnly.Allocate(x));
        return new ModuleTrace(module, input, module.Call(input), trace.Ops);
    }

    /// <summary>The parameter or running statistic that an array of the trace is; null for what is computed.</summary>
    public ModuleState? State(DeviceArray array) => _states.GetValueOrDefault(array);

    /// <summary>Name of a layer: of the part of the module, with the step within it if it is one.</summary>
    public string Name(TraceFrame layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return layer.Step is { } step ? $"{_names[layer.Owner]}.{step}" : _names[layer.Owner];
    }
}
