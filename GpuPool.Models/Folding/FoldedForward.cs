using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Folding;

/// <summary>
/// A forward pass in evaluation as a list of steps over numbered arrays: the ops of a trace, with convolutions folded. It calls no module, records nothing, and releases each
/// array behind its last reader.
/// </summary>
internal sealed class FoldedForward : IDisposable
{
    // The input, the constants, and what the steps make.
    private readonly DeviceArray?[] _constants;
    private readonly FoldedStep[] _steps;
    private readonly int[] _outputs;

    private FoldedForward(DeviceArray?[] constants, FoldedStep[] steps, int[] outputs) => (_constants, _steps, _outputs) = (constants, steps, outputs);

    /// <summary>Follows a computation on an input of this shape.</summary>
    /// <param name="x">The input; its values do not matter.</param>
    /// <param name="forward">The computation.</param>
    /// <param name="convolution">Makes a folded convolution, or has it already.</param>
    public static FoldedForward Of(Tensor x, Func<Tensor, IReadOnlyList<Tensor>> forward, Func<FoldedConvolutionKey, Kernels.Ops.FoldedConvolution> convolution)
    {
        using ArrayScope scope = x.Device.OpenScope();
        using Trace trace = Trace.Following(x);
        IReadOnlyList<Tensor> outputs = forward(x);
        IReadOnlyList<FoldedOp> ops = FoldedOp.Of(trace.Ops, outputs);
        Dictionary<Tensor, int> places = new() { [x] = 0 };
        Dictionary<int, int> lastReader = [];
        List<DeviceArray?> constants = [null];
        int Place(Tensor tensor)
        {
            if (places.TryGetValue(tensor, out int place))
                return place;
            places.Add(tensor, place = constants.Count);
            constants.Add(trace.Constants.GetValueOrDefault(tensor)?.Share(tensor.Shape));
            return place;
        }
        List<(Func<DeviceArray[], DeviceArray> Compute, int[] Inputs, int Output)> steps = [];
        foreach (FoldedOp op in ops)
        {
            int[] inputs = [.. op.Inputs.Select(Place)];
            foreach (int input in inputs)
                lastReader[input] = steps.Count;
            steps.Add((op.Compute(convolution), inputs, Place(op.Output)));
        }
        int[] results = [.. outputs.Select(Place)];
        foreach (DeviceArray? constant in constants)
            constant?.LeaveScopes();
        return new FoldedForward([.. constants], [.. steps.Select((step, number) => new FoldedStep(step.Compute, step.Inputs, step.Output,
            [.. step.Inputs.Distinct().Where(input => input > 0 && constants[input] is null && lastReader[input] == number && !results.Contains(input))]))], results);
    }

    /// <summary>The outputs for an input of the shape that was followed.</summary>
    public IReadOnlyList<Tensor> Call(Tensor x)
    {
        using ArrayScope scope = x.Device.OpenScope();
        var arrays = (DeviceArray?[])_constants.Clone();
        arrays[0] = x.Value;
        foreach (FoldedStep step in _steps)
        {
            arrays[step.Output] = step.Compute(Array.ConvertAll(step.Inputs, input => arrays[input]!));
            foreach (int released in step.Releases)
                arrays[released]!.Dispose();
        }
        return Array.ConvertAll(_outputs, output =>
        {
            scope.Keep(arrays[output]!);
            return Tensor.Leaf(arrays[output]!);
        });
    }

    /// <summary>Releases the constants.</summary>
    public void Dispose()
    {
        foreach (DeviceArray? constant in _constants)
            constant?.Dispose();
    }

    private sealed record FoldedStep(Func<DeviceArray[], DeviceArray> Compute, int[] Inputs, int Output, int[] Releases);
}
