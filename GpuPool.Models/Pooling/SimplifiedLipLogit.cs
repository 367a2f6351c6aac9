using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>Scores of LIP as published (Gao, Wang and Wu, ICCV 2019), the variant behind the stem: 3x3 convolution and instance norm.</summary>
/// <remarks>The convolution starts at 0, and with it all scores, so that training starts from average pooling.</remarks>
public sealed class SimplifiedLipLogit : Module
{
    private readonly Conv2dLayer _convolution;
    private readonly InstanceNormLayer _norm;

    /// <summary>Scores for a map of so many channels.</summary>
    public SimplifiedLipLogit(int channels)
    {
        _convolution = Child("logit.conv", new Conv2dLayer(channels, channels, new Window(3, 1, 1)) { KeepsStart = true });
        _convolution.Weight.Start = Distribution.Constant(0);
        _norm = Child("logit.bn", new InstanceNormLayer(channels));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => _norm.Call(_convolution.Call(x));
}
