using GpuPool.Kernels;

namespace GpuPool.Autograd;

/// <summary>
/// An array with a place in the graph of a computation. Its operations are in <see cref="TensorOps"/>; <see cref="Backward"/> fills
/// <see cref="Gradient"/> of every leaf that requires one.
/// </summary>
public class Tensor
{
    private protected Tensor(DeviceArray value, bool requiresGradient, Node? source)
    {
        (Value, RequiresGradient, Source) = (value, requiresGradient, source);
    }

    /// <summary>The elements.</summary>
    public DeviceArray Value { get; }

    /// <summary>Where the elements are.</summary>
    public Device Device => Value.Device;

    /// <summary>Extents.</summary>
    public Shape Shape => Value.Shape;

    /// <summary>Element type.</summary>
    public DType DType => Value.DType;

    /// <summary>Whether a gradient reaches this tensor.</summary>
    public bool RequiresGradient { get; set; }

    /// <summary>
    /// Gradient of the last <see cref="Backward"/> calls, summed; null before the first, and for intermediates after it unless they retain it. Who asked for it disposes of it.
    /// </summary>
    public DeviceArray? Gradient { get; internal set; }

    internal Node? Source { get; }

    /// <summary>A leaf: data, or something whose gradient is wanted.</summary>
    public static Tensor Leaf(DeviceArray value, bool requiresGradient = false) => new(value, requiresGradient, null);

    /// <summary>
    /// Differentiates this tensor by every leaf it depends on. The gradient of each is added to what it holds. What the graph kept is released on the
    /// way, so a graph can be used once.
    /// </summary>
    /// <param name="seed">Gradient of this tensor, of its shape; by default 1, for a tensor of one element.</param>
    /// <param name="whenFinal">
    /// Is told of each leaf on which this tensor depends and that has a gradient, once, as soon as this pass has nothing left to add to it: in a chain of layers the last layer's come
    /// first. The gradient may be read; its memory may be that of another one which the pass still reads, so it is changed after the pass. By default nobody is told.
    /// </param>
    public void Backward(DeviceArray? seed = null, Action<Tensor>? whenFinal = null) => Tape.Backward(this, seed, whenFinal);

    /// <summary>Makes an intermediate keep its gradient, as a leaf does.</summary>
    /// <exception cref="InvalidOperationException">No gradient reaches it.</exception>
    public void RetainGradient()
    {
        if (!RequiresGradient)
            throw new InvalidOperationException("RetainGradient: the tensor does not depend on anything that requires a gradient.");
        Source?.RetainedBy = this;
    }

    /// <summary>The single element.</summary>
    /// <exception cref="ShapeException">There is more than one.</exception>
    public double Item()
    {
        Require.That(Shape.Count == 1, nameof(Item), "the tensor", Shape, "of one element");
        return Value.ToDoubles()[0];
    }

    internal static Tensor Of(DeviceArray value, Node? source) => new(value, source is not null, source);
}
