using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Autograd;

/// <summary>One recorded operation: every op of the library is differentiated through this one kind of node.</summary>
internal sealed class Node(Op op, Tensor[] inputs, OpResult result, long order)
{
    public Op Op { get; } = op;

    public Tensor[] Inputs { get; } = inputs;

    public OpResult Result { get; } = result;

    /// <summary>Nodes are numbered as they are recorded, so a node's inputs have smaller numbers.</summary>
    public long Order { get; } = order;

    /// <summary>Gradient of the output while the backward pass runs.</summary>
    public DeviceArray? OutputGradient { get; set; }

    /// <summary>The output, where it keeps its gradient.</summary>
    public Tensor? RetainedBy { get; set; }
}

/// <summary>Records operations and runs them backwards.</summary>
public static class Tape
{
    [ThreadStatic]
    private static long _order;

    /// <summary>Computes an op and records it where a gradient will pass through it.</summary>
    public static Tensor Record(Op op, params Tensor[] inputs)
    {
        if (Trace.Follow(op, inputs) is { } followed)
            return followed;
        bool keep = GradientMode.IsOn && inputs.Any(input => input.RequiresGradient);
        OpResult result = op.Forward([.. inputs.Select(input => input.Value)], keep);
        Tensor output = Tensor.Of(result.Output, keep ? new Node(op, inputs, result, _order++) : null);
        Trace.Add(op, inputs, output);
        return output;
    }

    internal static void Backward(Tensor root, DeviceArray? seed, Action<Tensor>? whenFinal)
    {
        if (root.Source is null)
            throw new InvalidOperationException("Backward: the tensor does not depend on anything that requires a gradient.");
        // Owns what is in flight, the seed too, also where the pass fails: the gradients of leaves leave it.
        using ArrayScope scope = root.Device.OpenScope();
        if (seed is null)
        {
            Require.That(root.Shape.Count == 1, nameof(Backward), "a tensor without a seed", root.Shape, "of one element");
            seed = root.Device.Upload(root.Shape, [1.0], root.DType);
        }
        Require.Same(nameof(Backward), "the seed", seed.Shape, root.Shape, "the shape of the tensor");
        root.Source.OutputGradient = seed.Share(seed.Shape);
        var pending = new PriorityQueue<Node, long>();
        pending.Enqueue(root.Source, -root.Source.Order);
        LeafUses? uses = whenFinal is null ? null : new LeafUses(root.Source, whenFinal);
        while (pending.TryDequeue(out Node? node, out _))
        {
            Visit(node, pending);
            uses?.End(node);
        }
        uses?.EndAll();
    }

    // The queue hands out later nodes first, so a node is visited after all that use its output.
    private static void Visit(Node node, PriorityQueue<Node, long> pending)
    {
        DeviceArray outputGradient = node.OutputGradient!;
        DeviceArray?[] gradients = node.Op.Backward(
            [.. node.Inputs.Select(input => input.Value)], node.Result, outputGradient, [.. node.Inputs.Select(input => input.RequiresGradient)],
            overwrites: node.RetainedBy is null, [.. node.Inputs.Select((input, index) => FreePlace(node, index, input))]);
        for (int index = 0; index < gradients.Length; index++)
        {
            if (gradients[index] is not { } gradient)
                continue;
            Tensor input = node.Inputs[index];
            if (input.Source is { } source)
            {
                if (source.OutputGradient is null)
                    pending.Enqueue(source, -source.Order);
                source.OutputGradient = Sum(source.OutputGradient, gradient);
            }
            else
            {
                input.Gradient = Sum(input.Gradient, gradient);
                // The gradient of a leaf outlives the step that computes it.
                input.Gradient.LeaveScopes();
            }
        }
        if (node.RetainedBy is { } retaining)
        {
            retaining.Gradient = Sum(retaining.Gradient, outputGradient);
            retaining.Gradient.LeaveScopes();
        }
        else
            outputGradient.Dispose();
        node.OutputGradient = null;
        foreach (DeviceArray saved in node.Result.Saved)
            saved.Dispose();
    }

    // The second gradient of a parameter, from another op or as another operand of the same one, takes new memory, and so does their sum.
    private static DeviceArray? FreePlace(Node node, int index, Tensor input) =>
        input is Parameter { Gradient: null, GradientPlace: { } place } && Array.IndexOf(node.Inputs, input) == index ? place : null;

    private static DeviceArray Sum(DeviceArray? sum, DeviceArray gradient)
    {
        if (sum is null)
            return gradient;
        DeviceArray result = new Add().Forward([sum, gradient], keep: false).Output;
        sum.Dispose();
        gradient.Dispose();
        return result;
    }
}
