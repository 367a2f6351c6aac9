using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Scores of LIP as published (Gao, Wang and Wu, ICCV 2019), the variant between stages: 1x1 convolution to 128 channels, 3x3, 1x1 back, each with
/// instance norm, the first two with relu.
/// </summary>
/// <remarks>
/// The last convolution starts at 0, and with it all scores, so that training starts from average pooling. This is the unshared form of the authors'
/// DenseNet; in their ResNet the two pools of a block share the first two convolutions, but our backbones have one pool in a place.
/// </remarks>
public sealed class BottleneckLipLogit : Module
{
    private const int Width = 128;

    private readonly Conv2dLayer _reduction, _convolution, _expansion;
    private readonly InstanceNormLayer _firstNorm, _secondNorm, _lastNorm;

    /// <summary>Scores for a map of so many channels.</summary>
    public BottleneckLipLogit(int channels)
    {
        _reduction = Child("logit.conv1", new Conv2dLayer(channels, Width, new Window(1)));
        _firstNorm = Child("logit.bn1", new InstanceNormLayer(Width));
        _convolution = Child("logit.conv2", new Conv2dLayer(Width, Width, new Window(3, 1, 1)));
        _secondNorm = Child("logit.bn2", new InstanceNormLayer(Width));
        _expansion = Child("logit.conv3", new Conv2dLayer(Width, channels, new Window(1)) { KeepsStart = true });
        _expansion.Weight.Start = Distribution.Constant(0);
        _lastNorm = Child("logit.bn3", new InstanceNormLayer(channels));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor hidden = _firstNorm.Call(_reduction.Call(x)).Relu();
        hidden = _secondNorm.Call(_convolution.Call(hidden)).Relu();
        return _lastNorm.Call(_expansion.Call(hidden));
    }
}
