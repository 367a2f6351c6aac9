using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Folding;

/// <summary>An op of a folded forward pass: one of the trace as it is, or a convolution with what follows it.</summary>
/// <param name="Inputs">Operands.</param>
/// <param name="Output">What it makes.</param>
/// <param name="Compute">Its computation, given a way to make folded convolutions.</param>
internal sealed record FoldedOp(IReadOnlyList<Tensor> Inputs, Tensor Output, Func<Func<FoldedConvolutionKey, FoldedConvolution>, Func<DeviceArray[], DeviceArray>> Compute)
{
    /// <summary>
    /// The ops of a trace in their order, each convolution together with the batch norm and the relu behind it where nobody else reads what is between them. A convolution whose
    /// weight is no parameter stays as it is.
    /// </summary>
    /// <param name="ops">Ops of a trace in evaluation.</param>
    /// <param name="outputs">What is read of them in the end.</param>
    public static IReadOnlyList<FoldedOp> Of(IReadOnlyList<TracedOp> ops, IReadOnlyList<Tensor> outputs)
    {
        ILookup<Tensor, TracedOp> readers = ops.SelectMany(op => op.Inputs, (op, input) => (op, input)).ToLookup(read => read.input, read => read.op);
        // The op at which a convolution with all that follows it runs, and those that run there.
        Dictionary<TracedOp, FoldedOp> folded = [];
        HashSet<TracedOp> absorbed = [];
        foreach (TracedOp op in ops.Where(IsFoldable))
        {
            (TracedOp last, TracedOp? norm, TracedOp? relu) = (op, null, null);
            if (Reader(last) is { Op: BatchNorm { Training: false } } after && after.Inputs[0] == last.Output && (op.Op is Conv2d || after.Inputs.Count < 4))
                last = norm = after;
            if ((norm?.Op as BatchNorm)?.Activation is null or Activation.None && Reader(last) is { Op: Pointwise { Function: PointwiseFunction.Relu or PointwiseFunction.Relu6 } } next)
                last = relu = next;
            absorbed.UnionWith(new[] { op, norm, relu }.OfType<TracedOp>());
            folded.Add(last, Convolution(op, norm, relu, last.Output));
        }
        return [.. from op in ops
                   where folded.ContainsKey(op) || !absorbed.Contains(op)
                   select folded.GetValueOrDefault(op) ?? AsItIs(op)];

        bool IsFoldable(TracedOp op) => op.Op is Conv2d or DepthwiseConv2d && op.Inputs.Skip(1).All(input => input is Parameter);
        TracedOp? Reader(TracedOp op) => !outputs.Contains(op.Output) && readers[op.Output].ToArray() is [{ } only] ? only : null;
    }

    private static FoldedOp AsItIs(TracedOp op) => new(op.Inputs, op.Output, _ => inputs => op.Op.Forward(inputs, keep: false).Output);

    private static FoldedOp Convolution(TracedOp convolution, TracedOp? norm, TracedOp? relu, Tensor output)
    {
        Activation activation = relu?.Op is Pointwise pointwise
            ? pointwise.Function == PointwiseFunction.Relu6 ? Activation.Relu6 : Activation.Relu
            : (norm?.Op as BatchNorm)?.Activation ?? Activation.None;
        var key = new FoldedConvolutionKey(
            convolution.Op, convolution.Inputs[1].Value, convolution.Inputs.Count > 2 ? convolution.Inputs[2].Value : null,
            norm is null ? null : new FoldedNorm(norm.Inputs[1].Value, norm.Inputs[2].Value, ((BatchNorm)norm.Op).Statistics), activation);
        return new([convolution.Inputs[0], .. norm?.Inputs.Skip(3) ?? []], output, make =>
        {
            FoldedConvolution folded = make(key);
            return inputs => folded.Call(inputs[0], inputs.Length > 1 ? inputs[1] : null);
        });
    }
}
