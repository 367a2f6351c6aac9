using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models;

/// <summary>A tensor that a module owns: declared with the module, given memory by <see cref="Module.Allocate"/>.</summary>
public sealed class ModuleState : IDisposable
{
    private Tensor? _value, _declared;

    private ModuleState(Shape shape, TensorLayout layout, Distribution start, bool isParameter) =>
        (Shape, Layout, Start, IsParameter) = (shape, layout, start, isParameter);

    /// <summary>Extents.</summary>
    public Shape Shape { get; private set; }

    /// <summary>What the axes are.</summary>
    public TensorLayout Layout { get; }

    /// <summary>Values before training. Layers declare PyTorch's default; a backbone may set another before memory is allocated.</summary>
    public Distribution Start { get; set; }

    /// <summary>Whether training changes it by its gradient; if not it is a running statistic.</summary>
    public bool IsParameter { get; }

    /// <summary>Whether a parameter keeps its value in training; to be set before there is memory.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Whether an optimiser's weight decay pulls it towards 0, see <see cref="Parameter.Decays"/>.</summary>
    public bool Decays { get; private init; }

    /// <summary>The elements; a shape alone while the module is followed on <see cref="Device.ShapeOnly"/>.</summary>
    /// <exception cref="InvalidOperationException">The tensor has no memory.</exception>
    public Tensor Value => IsShapeOnly
        ? _declared ??= Wrap(Device.ShapeOnly.Allocate(Shape))
        : _value ?? throw new InvalidOperationException("The module has no memory: call Allocate first.");

    /// <summary>Whether the tensor shows its shape alone, with or without memory.</summary>
    internal bool IsShapeOnly { get; set; }

    /// <summary>Declares a tensor that training changes.</summary>
    /// <param name="shape">Extents.</param>
    /// <param name="start">Values before training.</param>
    /// <param name="layout">What the axes are.</param>
    /// <param name="decays">Whether weight decay pulls it towards 0.</param>
    public static ModuleState Parameter(Shape shape, Distribution start, TensorLayout layout = TensorLayout.Plain, bool decays = true) =>
        new(shape, layout, start, true) { Decays = decays };

    /// <summary>Declares a tensor that is kept with the weights and that no gradient changes, such as a running statistic.</summary>
    /// <param name="shape">Extents.</param>
    /// <param name="start">Its elements at first.</param>
    public static ModuleState Buffer(Shape shape, double start) => new(shape, TensorLayout.Plain, Distribution.Constant(start), false);

    /// <inheritdoc/>
    public void Dispose()
    {
        (_value as Parameter)?.ClearGradient();
        _value?.Value.Dispose();
        _value = null;
    }

    /// <summary>Shortens an axis, before there is memory.</summary>
    internal void Narrow(int axis, int extent)
    {
        int[] extents = [.. Shape.Extents];
        extents[axis] = extent;
        Shape = new Shape(extents);
        _declared = null;
    }

    internal void Allocate(DeviceArray array, ulong seed, uint place)
    {
        array.LeaveScopes();
        _value = Wrap(array);
        Start.Fill(array, seed, place);
    }

    private Tensor Wrap(DeviceArray array) => IsParameter ? new Parameter(array) { Decays = Decays, RequiresGradient = !IsFrozen } : Tensor.Leaf(array);
}
