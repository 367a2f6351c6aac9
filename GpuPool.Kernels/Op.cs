using System.Numerics;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels;

/// <summary>
/// A differentiable operation: a value (its parameters are the fields of the record) with a shape rule, a forward and a backward pass.
/// One file per op holds all three and the portable kernels; the host body stands beside it.
/// </summary>
/// <remarks>
/// Backward <b>writes</b> a gradient and never adds to it: a map is not cleared first, which would cost two passes over memory for each of the
/// hundred maps of a step. The tape adds where a value was used more than once.
/// </remarks>
public abstract record Op
{
    /// <summary>Name in messages and profiles.</summary>
    public string Name => GetType().Name;

    /// <summary>Arrays that the op reads or changes beside its inputs, such as running statistics.</summary>
    public virtual IEnumerable<DeviceArray> States => [];

    /// <summary>Shape of the output.</summary>
    /// <exception cref="ShapeException">The inputs do not fit the op.</exception>
    public abstract Shape Infer(ReadOnlySpan<Shape> inputs);

    /// <summary>Multiply-adds of a forward pass; 0 for an op that is bound by memory. A backward pass takes as many for each gradient.</summary>
    public virtual long MultiplyAdds(IReadOnlyList<Shape> inputs) => 0;

    /// <summary>Kind of its <see cref="MultiplyAdds"/>.</summary>
    public virtual CostPart Part => CostPart.None;

    /// <summary>Where its output need be.</summary>
    public virtual OutputMemory Memory => OutputMemory.Own;

    /// <summary>What the channels of its output have to do with those of an operand.</summary>
    /// <param name="operand">Place of the operand, from 0.</param>
    /// <param name="inputs">Shapes of all operands.</param>
    public virtual ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Fixed;

    /// <summary>Computes the output of <paramref name="inputs"/>, which share device and element type.</summary>
    /// <param name="inputs">The operands.</param>
    /// <param name="keep">Whether a backward pass will follow and statistics for it must be saved.</param>
    public OpResult Forward(IReadOnlyList<DeviceArray> inputs, bool keep)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        Shape[] shapes = [.. inputs.Select(input => input.Shape)];
        Shape shape = Infer(shapes);
        DeviceArray first = inputs[0];
        foreach (DeviceArray array in inputs.Concat(States))
            Require.Together(Name, first, array);
        if (first.Device.IsShapeOnly)
            return new OpResult(first.Device.Allocate(shape, first.DType), []);
        OpProfile? profile = first.Device.Profile;
        long start = profile is null ? 0 : OpProfile.Start(first.Device);
        var call = new ForwardCall(first.Device, first.DType, inputs, shape, keep);
        if (first.DType == DType.Float32)
            Forward<float, Real32>(call);
        else
            Forward<double, Real64>(call);
        profile?.End(first.Device, start, Name, false, MultiplyAdds(shapes), [.. inputs, call.Output]);
        return new OpResult(call.Output, call.Saved);
    }

    /// <summary>Computes the gradients of the inputs that are <paramref name="wanted"/>; the others are null, and so is that of an input without one, as labels are.</summary>
    /// <param name="inputs">The operands of the forward pass.</param>
    /// <param name="result">What it returned.</param>
    /// <param name="outputGradient">Gradient of the output.</param>
    /// <param name="wanted">For each input whether its gradient is wanted.</param>
    /// <param name="overwrites">Whether <paramref name="outputGradient"/> is read by nobody afterwards: where it is the only owner of its memory, a gradient may take its place. False by default.</param>
    /// <param name="targets">For each input the array that takes its gradient; null, as by default, for a new one. A gradient that needs no memory of its own does not come to lie there.</param>
    public DeviceArray?[] Backward(
        IReadOnlyList<DeviceArray> inputs, OpResult result, DeviceArray outputGradient, IReadOnlyList<bool> wanted, bool overwrites = false, IReadOnlyList<DeviceArray?>? targets = null)
    {
        ArgumentNullException.ThrowIfNull(outputGradient);
        Require.Together(Name, result.Output, outputGradient);
        OpProfile? profile = outputGradient.Device.Profile;
        long start = profile is null ? 0 : OpProfile.Start(outputGradient.Device);
        using var call = new BackwardCall(inputs, result, outputGradient, wanted, overwrites, targets);
        if (!wanted.Contains(true))
            return call.Gradients;
        if (outputGradient.DType == DType.Float32)
            Backward<float, Real32>(call);
        else
            Backward<double, Real64>(call);
        profile?.End(outputGradient.Device, start, Name, true, call.Gradients.Take(2).Count(gradient => gradient is not null) * MultiplyAdds([.. inputs.Select(input => input.Shape)]),
            [.. inputs, outputGradient, .. call.Gradients]);
        return call.Gradients;
    }

    internal abstract void Forward<T, R>(ForwardCall call) where T : unmanaged, INumber<T> where R : struct, IReal<T>;

    internal abstract void Backward<T, R>(BackwardCall call) where T : unmanaged, INumber<T> where R : struct, IReal<T>;
}

/// <summary>Output of an op, and what its backward pass needs beside inputs and output.</summary>
public sealed record OpResult(DeviceArray Output, IReadOnlyList<DeviceArray> Saved);

/// <summary>One forward pass of one op.</summary>
internal sealed class ForwardCall(Device device, DType type, IReadOnlyList<DeviceArray> inputs, Shape shape, bool keep)
{
    private DeviceArray? _output;

    public Device Device { get; } = device;

    /// <summary>Whether a backward pass will follow.</summary>
    public bool Keep { get; } = keep;

    public int InputCount => inputs.Count;

    public List<DeviceArray> Saved { get; } = [];

    /// <summary>The output, allocated at first use in the shape that <see cref="Op.Infer"/> gave.</summary>
    public DeviceArray Output
    {
        get => _output ??= Device.Allocate(shape, type);
        set => _output = value;
    }

    public DeviceArray Input(int index) => inputs[index];

    /// <summary>A new array that the backward pass finds in <see cref="OpResult.Saved"/>, in the order of these calls.</summary>
    public DeviceArray Save(Shape saved)
    {
        DeviceArray array = Device.Allocate(saved, type);
        Saved.Add(array);
        return array;
    }

    /// <summary>Releases what was saved: no backward pass will follow.</summary>
    public void DisposeSaved()
    {
        foreach (DeviceArray array in Saved)
            array.Dispose();
        Saved.Clear();
    }

    /// <summary>An array for this pass alone; dispose of it at the end.</summary>
    public DeviceArray Scratch(Shape scratch) => Device.Allocate(scratch, type);
}

/// <summary>One backward pass of one op.</summary>
internal sealed class BackwardCall(
    IReadOnlyList<DeviceArray> inputs, OpResult result, DeviceArray outputGradient, IReadOnlyList<bool> wanted, bool overwrites = false, IReadOnlyList<DeviceArray?>? targets = null)
    : IDisposable
{
    private readonly List<DeviceArray> _unwanted = [];

    public Device Device => outputGradient.Device;

    public DeviceArray Output => result.Output;

    /// <summary>dy</summary>
    public DeviceArray OutputGradient => outputGradient;

    public int InputCount => inputs.Count;

    public DeviceArray?[] Gradients { get; } = new DeviceArray?[inputs.Count];

    public DeviceArray Input(int index) => inputs[index];

    public DeviceArray Saved(int index) => result.Saved[index];

    /// <summary>Whether somebody uses the gradient of this input.</summary>
    public bool Wants(int index) => index < wanted.Count && wanted[index];

    /// <summary>The gradient of an input that wants one, uninitialised, to be written in full.</summary>
    /// <exception cref="InvalidOperationException">Nobody wants it: a gradient that is written all the same would train what is frozen.</exception>
    public DeviceArray Gradient(int index)
    {
        RequireWanted(index);
        return Gradients[index] ??= targets?[index]?.Share(inputs[index].Shape) ?? Device.Allocate(inputs[index].Shape, inputs[index].DType);
    }

    /// <summary>
    /// The gradient of an input of the shape of dy, in the memory of dy where nobody else reads that: for a kernel that reads each element of dy before it writes
    /// the same one.
    /// </summary>
    public DeviceArray GradientInPlace(int index)
    {
        if (overwrites && Gradients[index] is null && outputGradient.OwnsMemory)
            Pass(index);
        return Gradient(index);
    }

    /// <summary>The gradient of an input, or an empty view where nobody wants it and the kernel leaves it out.</summary>
    public ArrayView<T> GradientIfWanted<T>(int index) where T : unmanaged => Wants(index) ? Gradient(index).View<T>() : default;

    /// <summary>
    /// Room for the <see cref="GradientSums{T}"/> of the gradient of input 0, for a kernel that writes it in tiles of so many pixels; empty where that input is not the output of
    /// a batch norm, or a block of rows would lie in two tiles.
    /// </summary>
    public ArrayView<T> GradientSums<T>(int tilePixels) where T : unmanaged, INumber<T>
    {
        Shape shape = inputs[0].Shape;
        if (inputs[0].Deferred is not { IsGradient: false } output || !RowBlocks.AreWhole(tilePixels, shape.Rows))
            return default;
        DeviceArray sums = Device.Allocate(new Shape(Host.GradientSums<T>.Count(shape.Rows, shape.Channels)), outputGradient.DType);
        Gradient(0).Sums = (output, sums);
        return sums.View<T>();
    }

    /// <summary>The gradient of an input, or, for a kernel that needs these sums anyway, room for them until the end of this pass where nobody else wants it.</summary>
    public DeviceArray GradientOrScratch(int index)
    {
        if (Wants(index))
            return Gradient(index);
        DeviceArray scratch = Device.Allocate(inputs[index].Shape, inputs[index].DType);
        _unwanted.Add(scratch);
        return scratch;
    }

    /// <summary>The gradient of an input is the arriving gradient itself, possibly under another shape: no copy is made.</summary>
    public void Pass(int index)
    {
        RequireWanted(index);
        Gradients[index] = outputGradient.Share(inputs[index].Shape);
    }

    /// <summary>An array for this pass alone; dispose of it at the end.</summary>
    public DeviceArray Scratch(Shape scratch) => Device.Allocate(scratch, outputGradient.DType);

    /// <summary>Releases what no gradient was wanted for.</summary>
    public void Dispose()
    {
        foreach (DeviceArray scratch in _unwanted)
            scratch.Dispose();
    }

    private void RequireWanted(int index)
    {
        if (!Wants(index))
            throw new InvalidOperationException($"Nobody wants the gradient of input {index}.");
    }
}
