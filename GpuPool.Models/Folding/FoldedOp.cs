using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Folding;

/// <summary>An op of a folded forward pass: one of the trace as it is, or a convolution with what follows it.</summary>
/// <param name="Inputs">Operands.</param>
/// <param name="Output">What it makes.</param>
/// <param name="Compute">Its computation, given a way to make folded convolutions.</param>
/// <param name="Convolution">The convolution, where it is one.</param>
internal sealed record FoldedOp(
    IReadOnlyList<Tensor> Inputs, Tensor Output, Func<Func<FoldedConvolutionKey, FoldedConvolution>, Func<DeviceArray[], DeviceArray>> Compute, FoldedConvolutionKey? Convolution = null)
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
            folded.Add(last, Folded(op, norm, relu, last.Output));
        }
        return WithInvertedResiduals([.. from op in ops
                                         where folded.ContainsKey(op) || !absorbed.Contains(op)
                                         select folded.GetValueOrDefault(op) ?? AsItIs(op)], outputs);

        bool IsFoldable(TracedOp op) => op.Op is Conv2d or DepthwiseConv2d && op.Inputs.Skip(1).All(input => input is Parameter);
        TracedOp? Reader(TracedOp op) => !outputs.Contains(op.Output) && readers[op.Output].ToArray() is [{ } only] ? only : null;
    }

    private static FoldedOp AsItIs(TracedOp op) => new(op.Inputs, op.Output, _ => inputs => op.Op.Forward(inputs, keep: false).Output);

    private static FoldedOp Folded(TracedOp convolution, TracedOp? norm, TracedOp? relu, Tensor output)
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
        }, key);
    }

    // Depthwise 3x3 convolutions together with the 1x1 convolutions before and behind them, or the first convolution of an image before them, where nobody else reads what is between them.
    private static IReadOnlyList<FoldedOp> WithInvertedResiduals(IReadOnlyList<FoldedOp> ops, IReadOnlyList<Tensor> outputs)
    {
        ILookup<Tensor, FoldedOp> readers = ops.SelectMany(op => op.Inputs, (op, input) => (op, input)).ToLookup(read => read.input, read => read.op);
        Dictionary<Tensor, FoldedOp> makers = ops.ToDictionary(op => op.Output);
        Dictionary<FoldedOp, FoldedOp?> places = [];
        foreach (FoldedOp depthwise in ops.Where(op => op.Convolution is { Convolution: var convolution } && FoldedInvertedResidual.Filters(convolution)))
        {
            FoldedOp? expansion = makers.GetValueOrDefault(depthwise.Inputs[0]), projection = Reader(depthwise.Output);
            expansion = expansion is { Inputs: [{ } x] } && IsFree(expansion, convolution => FoldedInvertedResidual.Expands(convolution, x.Shape.Channels)) && Reader(expansion.Output) == depthwise ? expansion : null;
            projection = projection is not null && IsFree(projection, FoldedInvertedResidual.Projects) && projection.Inputs[0] == depthwise.Output ? projection : null;
            if (expansion is null && projection is null)
                continue;
            foreach (FoldedOp? part in new[] { expansion, depthwise, projection })
            {
                if (part is not null)
                    places[part] = null;
            }
            places[projection ?? depthwise] = InvertedResidual(expansion, depthwise, projection);
        }
        return [.. ops.Select(op => places.TryGetValue(op, out FoldedOp? together) ? together : op).OfType<FoldedOp>()];

        FoldedOp? Reader(Tensor tensor) => !outputs.Contains(tensor) && readers[tensor].ToArray() is [{ } only] ? only : null;
        bool IsFree(FoldedOp op, Func<Op, bool> suits) => !places.ContainsKey(op) && op.Convolution is { Convolution: var convolution } && suits(convolution);
    }

    private static FoldedOp InvertedResidual(FoldedOp? expansion, FoldedOp depthwise, FoldedOp? projection) =>
        new([(expansion ?? depthwise).Inputs[0], .. projection?.Inputs.Skip(1) ?? []], (projection ?? depthwise).Output, make =>
        {
            FoldedConvolution? Make(FoldedOp? op) => op is null ? null : make(op.Convolution!);
            var together = new FoldedInvertedResidual(Make(expansion), make(depthwise.Convolution!), Make(projection));
            return inputs => together.Call(inputs[0], inputs.Length > 1 ? inputs[1] : null);
        });
}
