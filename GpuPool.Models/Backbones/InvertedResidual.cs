using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Backbones;

/// <summary>
/// Block of MobileNetV2 (Sandler et al., 2018, table 1): 1x1 expansion, depthwise 3x3, 1x1 projection, each with batch norm, the first two with relu6;
/// the input is added where the block changes neither extents nor channels.
/// </summary>
public sealed class InvertedResidual : Module
{
    private readonly Sequential _body = new();
    private readonly BatchNormLayer _norm;
    private readonly bool _hasIdentity;
    private readonly Module? _pooling;

    /// <summary>A block.</summary>
    /// <param name="inputs">Channels of the input.</param>
    /// <param name="outputs">Channels of the output.</param>
    /// <param name="expansion">Channels of the depthwise convolution relative to the input; 1 leaves the expansion out.</param>
    /// <param name="stride">Factor by which the block down-samples.</param>
    /// <param name="pooling">Down-samples behind the projection; null leaves it to the depthwise convolution.</param>
    public InvertedResidual(int inputs, int outputs, int expansion, int stride, Module? pooling = null)
    {
        int hidden = inputs * expansion, index = 0;
        if (expansion != 1)
            AppendNorm(new Conv2dLayer(inputs, hidden, new Window(1)), hidden);
        AppendNorm(new DepthwiseConv2dLayer(hidden, new Window(3, pooling is null ? stride : 1, 1)), hidden);
        _body.Append($"{index}", new Conv2dLayer(hidden, outputs, new Window(1)));
        Child("conv", _body);
        _norm = Child($"conv.{index + 1}", new BatchNormLayer(outputs));
        _hasIdentity = stride == 1 && inputs == outputs;
        _pooling = pooling is null ? null : Child("pooling", pooling);

        // The released code counts the activation, which is part of our batch norm, as a third module.
        void AppendNorm(Module convolution, int channels)
        {
            _body.Append($"{index}", convolution).Append($"{index + 1}", new BatchNormLayer(channels, Activation.Relu6));
            index += 3;
        }
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor y = _norm.Call(_body.Call(x), _hasIdentity ? x : null);
        return _pooling?.Call(y) ?? y;
    }
}
