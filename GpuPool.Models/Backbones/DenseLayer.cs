using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Backbones;

/// <summary>
/// Layer of a dense block (Huang et al., 2017): the input with new channels behind its own, made of it by a 1x1 convolution to four times as many and a 3x3, each
/// behind a batch norm with relu.
/// </summary>
public sealed class DenseLayer : Module
{
    private const int Bottleneck = 4;

    private readonly BatchNormLayer _firstNorm, _secondNorm;
    private readonly Conv2dLayer _first, _second;

    /// <summary>A layer.</summary>
    /// <param name="inputs">Channels of the input.</param>
    /// <param name="growth">Channels that are added.</param>
    public DenseLayer(int inputs, int growth)
    {
        _firstNorm = Child("norm1", new BatchNormLayer(inputs, Activation.Relu));
        _first = Child("conv1", new Conv2dLayer(inputs, Bottleneck * growth, new Window(1)));
        _secondNorm = Child("norm2", new BatchNormLayer(Bottleneck * growth, Activation.Relu));
        _second = Child("conv2", new Conv2dLayer(Bottleneck * growth, growth, new Window(3, 1, 1)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Concat(3, _second.Call(_secondNorm.Call(_first.Call(_firstNorm.Call(x)))));
}
