using System.Numerics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels;

/// <summary>
/// An op written outside of this library: a shape rule, a forward and a backward pass in plain C# over the elements, once for float32 and float64. On the
/// processor it works in the arrays themselves; from and to a GPU its operands are copied. It runs on one thread.
/// </summary>
/// <remarks>
/// Derive a record whose properties are the parameters of the op, and give it a method for tensors as <c>Tape.Record(new Swish(), x)</c>. A backward pass
/// has inputs and output at hand and computes anew what else it needs. What can be said by the ops that are there needs no op of its own: a function of tensors
/// is differentiable as it stands.
/// </remarks>
public abstract record HostOp : Op
{
    /// <summary>Writes every element of the output.</summary>
    /// <typeparam name="T">float or double, the element type of all operands.</typeparam>
    /// <param name="call">Inputs and output.</param>
    protected abstract void Forward<T>(HostForward<T> call) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Writes every element of each gradient that is wanted.</summary>
    /// <typeparam name="T">float or double, the element type of all operands.</typeparam>
    /// <param name="call">Inputs, output, its gradient, and the gradients to be written.</param>
    protected abstract void Backward<T>(HostBackward<T> call) where T : unmanaged, IFloatingPointIeee754<T>;

    internal sealed override void Forward<T, R>(ForwardCall call)
    {
        if (typeof(T) == typeof(float))
            Run<float>(call);
        else
            Run<double>(call);
    }

    internal sealed override void Backward<T, R>(BackwardCall call)
    {
        if (typeof(T) == typeof(float))
            Run<float>(call);
        else
            Run<double>(call);
    }

    private void Run<T>(ForwardCall call) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var host = new HostForward<T>(call);
        Forward(host);
        host.Finish();
    }

    private void Run<T>(BackwardCall call) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var host = new HostBackward<T>(call);
        Backward(host);
        for (int index = 0; index < call.InputCount; index++)
        {
            if (call.Wants(index) && call.Gradients[index] is null)
                throw new InvalidOperationException($"{Name}: Backward has not written the gradient of input {index}, which is wanted.");
        }
        host.Finish();
    }
}

/// <summary>One forward pass of a <see cref="HostOp"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class HostForward<T> where T : unmanaged
{
    private readonly ForwardCall _call;
    private readonly HostElements<T> _elements = new();

    internal HostForward(ForwardCall call) => _call = call;

    /// <summary>Number of inputs.</summary>
    public int InputCount => _call.InputCount;

    /// <summary>Shape of an input.</summary>
    public Shape InputShape(int index) => _call.Input(index).Shape;

    /// <summary>Elements of an input, row-major.</summary>
    public ReadOnlySpan<T> Input(int index) => _elements.Read(_call.Input(index));

    /// <summary>Shape of the output.</summary>
    public Shape OutputShape => _call.Output.Shape;

    /// <summary>Elements of the output, row-major and not cleared.</summary>
    public Span<T> Output => _elements.Write(_call.Output);

    internal void Finish() => _elements.Upload();
}

/// <summary>One backward pass of a <see cref="HostOp"/>.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class HostBackward<T> where T : unmanaged
{
    private readonly BackwardCall _call;
    private readonly HostElements<T> _elements = new();

    internal HostBackward(BackwardCall call) => _call = call;

    /// <summary>Number of inputs.</summary>
    public int InputCount => _call.InputCount;

    /// <summary>Shape of an input and of its gradient.</summary>
    public Shape InputShape(int index) => _call.Input(index).Shape;

    /// <summary>Elements of an input, row-major.</summary>
    public ReadOnlySpan<T> Input(int index) => _elements.Read(_call.Input(index));

    /// <summary>Shape of the output and of its gradient.</summary>
    public Shape OutputShape => _call.Output.Shape;

    /// <summary>What the forward pass has written.</summary>
    public ReadOnlySpan<T> Output => _elements.Read(_call.Output);

    /// <summary>dy</summary>
    public ReadOnlySpan<T> OutputGradient => _elements.Read(_call.OutputGradient);

    /// <summary>Whether somebody uses the gradient of this input.</summary>
    public bool Wants(int index) => _call.Wants(index);

    /// <summary>Elements of the gradient of an input, row-major and not cleared.</summary>
    /// <exception cref="InvalidOperationException">Nobody wants it.</exception>
    public Span<T> Gradient(int index) => _elements.Write(_call.Gradient(index));

    internal void Finish() => _elements.Upload();
}
