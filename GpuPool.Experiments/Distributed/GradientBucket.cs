using System.Numerics.Tensors;
using GpuPool.Autograd;

namespace GpuPool.Experiments.Distributed;

/// <summary>Parameters whose gradients are exchanged in one message.</summary>
/// <remarks>Each gradient goes behind a 1, and the 0s of a missing one behind a 0: so messages are equally long on all ranks, and all know whether any has it.</remarks>
internal sealed class GradientBucket(Ranks ranks, IReadOnlyList<Parameter> parameters)
{
    private readonly PendingSum _sum = new(ranks, parameters.Sum(parameter => 1 + parameter.Shape.Count));

    /// <summary>Its parameters.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>How many of them may still get a gradient in this step.</summary>
    public int Missing { get; set; } = parameters.Count;

    /// <summary>Begins the sum over the ranks.</summary>
    public void Begin()
    {
        Span<float> free = _sum.Values;
        foreach (Parameter parameter in parameters)
        {
            Span<float> elements = free.Slice(1, parameter.Shape.Count);
            free[0] = parameter.Gradient is null ? 0 : 1;
            if (parameter.Gradient is { } gradient)
                gradient.ToFloats().CopyTo(elements);
            else
                elements.Clear();
            free = free[(1 + elements.Length)..];
        }
        _sum.Begin();
    }

    /// <summary>Whether the parts to be added are there; lets exchanges go on.</summary>
    public bool IsComplete() => _sum.IsComplete();

    /// <summary>Adds the parts and begins to share the sums; waits for the parts.</summary>
    public void Share()
    {
        _sum.Wait();
        _sum.Share();
    }

    /// <summary>Makes gradients the means of all ranks, where any has one; waits for the sums.</summary>
    public void Take()
    {
        _sum.Wait();
        Span<float> left = _sum.Values;
        foreach (Parameter parameter in parameters)
        {
            Span<float> elements = left.Slice(1, parameter.Shape.Count);
            if (left[0] > 0)
            {
                TensorPrimitives.Divide(elements, ranks.Count, elements);
                parameter.GradientOrZero().CopyFrom(elements);
            }
            left = left[(1 + elements.Length)..];
        }
        Missing = parameters.Count;
    }
}
