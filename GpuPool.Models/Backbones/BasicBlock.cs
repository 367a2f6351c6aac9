using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Backbones;

/// <summary>
/// Block of ResNet18 (He et al., 2016): two 3x3 convolutions with batch norm, the input added before the last relu, by a 1x1 convolution where the
/// block changes extents or channels.
/// </summary>
public sealed class BasicBlock : Module
{
    private readonly Conv2dLayer _first, _second;
    private readonly BatchNormLayer _firstNorm, _secondNorm;
    private readonly Sequential? _shortcut;
    private readonly Module? _pooling;

    /// <summary>A block.</summary>
    /// <param name="inputs">Channels of the input.</param>
    /// <param name="outputs">Channels of the output.</param>
    /// <param name="stride">Factor by which the block down-samples.</param>
    /// <param name="pooling">Down-samples behind the last relu; null leaves it to the first convolution and the shortcut.</param>
    public BasicBlock(int inputs, int outputs, int stride, Module? pooling = null)
    {
        int step = pooling is null ? stride : 1;
        _first = Child("conv1", new Conv2dLayer(inputs, outputs, new Window(3, step, 1)) { Winograd = true });
        _firstNorm = Child("bn1", new BatchNormLayer(outputs, Activation.Relu));
        _second = Child("conv2", new Conv2dLayer(outputs, outputs, new Window(3, 1, 1)) { Winograd = true });
        _secondNorm = Child("bn2", new BatchNormLayer(outputs, Activation.Relu));
        if (stride != 1 || inputs != outputs)
            _shortcut = Child("downsample", Sequential.Of([new Conv2dLayer(inputs, outputs, new Window(1, step)), new BatchNormLayer(outputs)]));
        _pooling = pooling is null ? null : Child("pooling", pooling);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor identity = _shortcut?.Call(x) ?? x;
        Tensor y = _secondNorm.Call(_second.Call(_firstNorm.Call(_first.Call(x))), identity);
        return _pooling?.Call(y) ?? y;
    }
}
