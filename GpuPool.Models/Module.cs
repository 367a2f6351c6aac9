using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Folding;

namespace GpuPool.Models;

/// <summary>
/// A part of a network: what it computes, its parts, and the tensors it owns, under the names of the released code. A module is built without memory;
/// <see cref="Allocate"/> gives its tensors a device. A <see cref="ModuleTrace"/> follows it with or without, so that a network too large for this machine can be measured.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Module Module)> _children = [];
    private readonly List<(string Name, ModuleState State)> _states = [];
    private bool _training;
    private FoldedForms? _folded;

    /// <summary>What the multiply-adds of its own ops count as; null where each op says it.</summary>
    public CostPart? CountsAs { get; init; }

    /// <summary>Whether it is a pool that a <see cref="Pooling.PoolingMethod"/> made for its place, and no part of one.</summary>
    public bool IsPool { get; internal set; }

    /// <summary>Whether batch norm takes the statistics of the batch, here and in all parts.</summary>
    public bool Training
    {
        get => _training;
        set
        {
            _training = value;
            foreach ((_, Module child) in _children)
                child.Training = value;
        }
    }

    /// <summary>This module under the empty name and all its parts, outermost first.</summary>
    public IEnumerable<(string Name, Module Module)> Modules => new[] { ("", this) }.Concat(
        from child in _children
        from part in child.Module.Modules
        select (part.Name.Length == 0 ? child.Name : $"{child.Name}.{part.Name}", part.Module));

    /// <summary>The tensors that training changes by their gradients.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters =>
        States.Where(entry => entry.State.IsParameter).Select(entry => (entry.Name, (Parameter)entry.State.Value));

    /// <summary>The running statistics.</summary>
    public IEnumerable<(string Name, DeviceArray Buffer)> Buffers =>
        States.Where(entry => !entry.State.IsParameter).Select(entry => (entry.Name, entry.State.Value.Value));

    /// <summary>All tensors, declared but perhaps without memory.</summary>
    public IEnumerable<(string Name, ModuleState State)> States => _states.Concat(
        from child in _children
        from entry in child.Module.States
        select ($"{child.Name}.{entry.Name}", entry.State));

    private IEnumerable<StochasticModule> StochasticParts => Modules.Select(entry => entry.Module).OfType<StochasticModule>();

    /// <summary>
    /// Computes the output. Without gradients all intermediates are released before this returns: only the result stays with the caller.
    /// </summary>
    public Tensor Call(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Call(x, input => [Forward(input)])[0];
    }

    /// <summary>
    /// Until the result is disposed of, evaluation without gradients computes the folded form of this module: batch norms behind convolutions are folded into their weights,
    /// residual and activation are part of the convolution, and weights are laid out once. It keeps them as they are now, and its values are equal up to rounding.
    /// </summary>
    public IDisposable Fold() => _folded = new FoldedForms(() => _folded = null);

    /// <summary>Shape of the output for an input of this shape.</summary>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    public Shape Infer(Shape x) => ModuleTrace.Of(this, x).Output.Shape;

    /// <summary>Until the result is disposed of, the module is in evaluation, and its tensors are shapes alone.</summary>
    internal IDisposable OnShapes() => new ShapesAlone(this);

    /// <summary>Gives every tensor memory and its start value, which depends on the seed and on the tensor's place in <see cref="States"/>. The memory is the
    /// module's until <see cref="Dispose"/>, whatever <see cref="ArrayScope"/> is open. Random numbers in training depend on the seed as well.</summary>
    /// <exception cref="DeviceMemoryException">It does not fit; the module is then without memory.</exception>
    public void Allocate(Device device, DType type = DType.Float32, ulong seed = 0)
    {
        uint place = 0, stream = 0;
        Dispose();
        // Owns what has not yet come to its tensor.
        using ArrayScope scope = device.OpenScope();
        try
        {
            // An optimiser changes in one launch what lies together.
            var parameters = new Queue<DeviceArray>(device.AllocateTogether([.. States.Where(entry => entry.State.IsParameter).Select(entry => entry.State.Shape)], type));
            foreach ((_, ModuleState state) in States)
                state.Allocate(state.IsParameter ? parameters.Dequeue() : device.Allocate(state.Shape, type), seed, place++);
        }
        catch
        {
            Dispose();
            throw;
        }
        foreach (StochasticModule part in StochasticParts)
            part.Draw(seed, stream++);
    }

    /// <summary>Draws random numbers from a training step on, as if the steps before had run: for a run that goes on. Steps count from 0.</summary>
    public void ResumeAt(uint step)
    {
        foreach (StochasticModule part in StochasticParts)
            part.Step = step;
    }

    /// <summary>Returns the memory of all tensors and their gradients.</summary>
    public void Dispose()
    {
        foreach ((_, ModuleState state) in States)
            state.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// The computation of one output from one input. A module of several has a typed Call of its own in place of it, which goes through
    /// <see cref="Call(Device, Func{IReadOnlyList{Tensor}})"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">The module is one of several inputs or outputs.</exception>
    protected virtual Tensor Forward(Tensor x) => throw new NotSupportedException($"{GetType().Name} does not make one tensor of one: use a Call of its own.");

    /// <summary>Runs a computation of one input and several outputs, in its folded form where there is one; without gradients all but its outputs is released.</summary>
    protected IReadOnlyList<Tensor> Call(Tensor x, Func<Tensor, IReadOnlyList<Tensor>> forward)
    {
        ArgumentNullException.ThrowIfNull(x);
        return _folded is { } folded && !Training && !GradientMode.IsOn && x.Device.Kind != DeviceKind.ShapeOnly
            ? folded.Call(x, forward)
            : Call(x.Device, () => forward(x));
    }

    /// <summary>Runs a computation of several inputs or outputs; without gradients all but its outputs is released.</summary>
    protected IReadOnlyList<Tensor> Call(Device device, Func<IReadOnlyList<Tensor>> forward)
    {
        using TraceFrame? frame = Trace.Enter(this, part: CountsAs);
        if (GradientMode.IsOn)
            return forward();
        using ArrayScope scope = device.OpenScope();
        IReadOnlyList<Tensor> outputs = forward();
        foreach (Tensor y in outputs)
            scope.Keep(y.Value);
        return outputs;
    }

    /// <summary>
    /// A part of <see cref="Forward"/> under a name of its own. Where costs are counted it is one layer with all that it calls, and what it makes on the way takes no memory.
    /// </summary>
    /// <param name="name">Stands behind the name of this module.</param>
    /// <param name="forward">The computation.</param>
    /// <param name="part">What its multiply-adds count as, where that is not what its ops say.</param>
    /// <param name="multiplyAdds">How many they count, where that is not what its ops do.</param>
    protected T Step<T>(string name, Func<T> forward, CostPart? part = null, long? multiplyAdds = null)
    {
        ArgumentNullException.ThrowIfNull(forward);
        using TraceFrame? frame = Trace.Enter(this, name, part, multiplyAdds);
        return forward();
    }

    /// <summary>Adds a part.</summary>
    protected T Child<T>(string name, T module) where T : Module
    {
        _children.Add((name, module));
        return module;
    }

    /// <summary>Adds a tensor.</summary>
    protected ModuleState State(string name, ModuleState state)
    {
        _states.Add((name, state));
        return state;
    }

    private sealed class ShapesAlone : IDisposable
    {
        private readonly (Module Module, bool Training)[] _parts;
        private readonly ModuleState[] _states;

        public ShapesAlone(Module module)
        {
            _parts = [.. module.Modules.Select(entry => (entry.Module, entry.Module._training))];
            _states = [.. module.States.Select(entry => entry.State)];
            module.Training = false;
            Set(true);
        }

        public void Dispose()
        {
            Set(false);
            foreach ((Module module, bool training) in _parts)
                module._training = training;
        }

        private void Set(bool isShapeOnly)
        {
            foreach (ModuleState state in _states)
                state.IsShapeOnly = isShapeOnly;
        }
    }
}
