using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Backbones;

/// <summary>
/// ResNet18 (He et al., 2016) with the stages' down-sampling done by a pooling method. As in the released code, the max pool of the stem has windows of
/// side 2 (3 in the original).
/// </summary>
public sealed class ResNet18 : Sequential
{
    private const int BlocksPerStage = 2;

    private static readonly int[] _stages = [64, 128, 256, 512];

    /// <summary>A network from images to logits.</summary>
    /// <param name="architecture">Strides and pooling.</param>
    /// <param name="classes">Number of logits.</param>
    public ResNet18(Architecture architecture, int classes)
    {
        int channels = _stages[0];
        Append("conv1", new Conv2dLayer(Network.ImageChannels, channels, new Window(7, architecture.Prepool is null ? 2 : 1, 3)));
        Append("bn1", new BatchNormLayer(channels, Activation.Relu));
        if (architecture.Prepool is { } prepool)
            Append("pool", prepool.Pooling.Method.Create(prepool.Pooling.Prepool(channels, prepool.Stride)));
        else
            Append("maxpool", new MaxPool(2));
        for (int stage = 0; stage < _stages.Length; stage++)
            channels = AppendStage(architecture, stage, channels);
        if (architecture.Pooling.Method.Head is { } head)
            Append("head", head(channels, classes));
        else
            Append("avgpool", new GlobalAveragePoolLayer()).Append("fc", new LinearLayer(channels, classes));
        // The released code starts all its convolutions anew, those of the pools included; biases and linear layers keep PyTorch's default.
        foreach (Conv2dLayer convolution in Modules.Select(entry => entry.Module).OfType<Conv2dLayer>().Where(layer => !layer.KeepsStart))
            convolution.Weight.Start = Distribution.FanOut(convolution.Weight.Shape);
    }

    private int AppendStage(Architecture architecture, int stage, int inputs)
    {
        int outputs = _stages[stage], stride = architecture.Strides[stage];
        Module? pool = stride == 1 || architecture.Pooling.Method.IsStrided
            ? null
            : architecture.Pooling.Method.Create(architecture.Pooling.Stage(BackboneFamily.ResNet18, stage, outputs, stride));
        bool isOuter = pool is not null && architecture.Placement == Placement.Outer;
        Sequential layer = Of(Enumerable.Range(0, BlocksPerStage).Select(block => block == 0
            ? new BasicBlock(inputs, outputs, isOuter ? 1 : stride, isOuter ? null : pool)
            : new BasicBlock(outputs, outputs, 1)));
        if (isOuter)
            layer.Append("pool", pool!);
        Append($"layer{stage + 1}", layer);
        return outputs;
    }
}
