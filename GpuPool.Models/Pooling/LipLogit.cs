using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// The scores of local importance-based pooling as the paper's rows have it: a 1x1 convolution and batch norm. <see cref="WeightedPool"/> adds the
/// sigmoid and the exponential. Gao, Wang, Wu: LIP, ICCV 2019, scales by 12 and uses instance norm; the released code does not.
/// </summary>
public sealed class LipLogit : Module
{
    private readonly Conv2dLayer _convolution;
    private readonly BatchNormLayer _norm;

    /// <summary>Scores for a map of so many channels.</summary>
    public LipLogit(int channels)
    {
        _convolution = Child("logit.0", new Conv2dLayer(channels, channels, new Window(1), bias: true));
        _norm = Child("logit.1", new BatchNormLayer(channels));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => _norm.Call(_convolution.Call(x));
}
