using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Folding;

/// <summary>The folded forms of a module, one for each shape of input that it has seen, and the weights that they share.</summary>
internal sealed class FoldedForms(Action ended) : IDisposable
{
    private readonly Dictionary<(Shape, DType), FoldedForward> _forms = [];
    private readonly Dictionary<FoldedConvolutionKey, FoldedConvolution> _convolutions = [];

    /// <summary>The outputs of a computation that is the same for every input of one shape, with the values of the parameters as they were at first.</summary>
    public IReadOnlyList<Tensor> Call(Tensor x, Func<Tensor, IReadOnlyList<Tensor>> forward)
    {
        if (!_forms.TryGetValue((x.Shape, x.DType), out FoldedForward? form))
            _forms.Add((x.Shape, x.DType), form = FoldedForward.Of(x, forward, Convolution));
        return form.Call(x);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FoldedForward form in _forms.Values)
            form.Dispose();
        foreach (FoldedConvolution convolution in _convolutions.Values)
            convolution.Dispose();
        ended();
    }

    private FoldedConvolution Convolution(FoldedConvolutionKey key)
    {
        if (!_convolutions.TryGetValue(key, out FoldedConvolution? convolution))
            _convolutions.Add(key, convolution = new FoldedConvolution(key.Convolution, key.Weight, key.Bias, key.Norm, key.Activation));
        return convolution;
    }
}

/// <summary>What a folded convolution is made of; equal where it is the same op with the same parameters.</summary>
internal sealed record FoldedConvolutionKey(Op Convolution, DeviceArray Weight, DeviceArray? Bias, FoldedNorm? Norm, Activation Activation);
