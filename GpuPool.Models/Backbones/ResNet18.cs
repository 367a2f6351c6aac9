using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Backbones;

/// <summary>
/// ResNet18 (He et al., 2016) with the stages' down-sampling done by a pooling method. As in the released code, the max pool of the stem has windows of
/// side 2; those of the original, and of torchvision, have side 3 and a padding of 1.
/// </summary>
public sealed class ResNet18 : Backbone
{
    private const int BlocksPerStage = 2, StemStride = 4;

    private static readonly int[] _stages = [64, 128, 256, 512];

    /// <summary>A backbone without memory.</summary>
    /// <param name="architecture">Strides and pooling.</param>
    /// <param name="stem">Window of the stem's max pool; null for that of the released code.</param>
    public ResNet18(Architecture architecture, Window? stem = null)
    {
        int channels = _stages[0], stride = architecture.Prepool?.Stride ?? StemStride;
        Append("conv1", new Conv2dLayer(Network.ImageChannels, channels, new Window(7, architecture.Prepool is null ? 2 : 1, 3)));
        Append("bn1", new BatchNormLayer(channels, Activation.Relu));
        if (architecture.Prepool is { } prepool)
            Append("pool", prepool.Pooling.Method.Create(prepool.Pooling.Prepool(channels, prepool.Stride)));
        else
            Append("maxpool", new MaxPool(stem ?? new Window(2, 2)));
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            channels = AppendStage(architecture, stage, channels);
            EndStage($"layer{stage + 1}", stride *= architecture.Strides[stage], channels);
        }
    }

    /// <summary>The words <c>resnet18</c> and <c>resnet18_v2</c>.</summary>
    public static BackboneFamily Family { get; } = new()
    {
        Words = [("resnet18", Placement.Outer), ("resnet18_v2", Placement.Inner)],
        Places = _stages.Length,
        Heads = 4,
        Patches = new Dictionary<PatchSchedule, IReadOnlyList<int>>
        {
            [PatchSchedule.Pixel] = [1, 1, 1, 1],
            [PatchSchedule.Reduced] = [4, 2, 1, 1],
            [PatchSchedule.Reduced0211] = [0, 2, 1, 1],
            [PatchSchedule.Reduced0842] = [0, 8, 4, 2],
        },
        Widths = (1, 1),
        Backbone = (architecture, _) => new ResNet18(architecture),
        Head = (channels, classes) => [("avgpool", new GlobalAveragePoolLayer()), ("fc", new LinearLayer(channels, classes))],
        // The released code starts all its convolutions anew, those of the pools included; biases and linear layers keep PyTorch's default.
        Start = network => network.StartConvolutions(Distribution.FanOut),
    };

    /// <summary>The word <c>resnet18_original</c>: with the stem of the original, so that weights of torchvision give its logits.</summary>
    public static BackboneFamily Original { get; } = Family with
    {
        Words = [("resnet18_original", Placement.Outer)],
        Backbone = (architecture, _) => new ResNet18(architecture, new Window(3, 2, 1)),
    };

    private int AppendStage(Architecture architecture, int stage, int inputs)
    {
        int outputs = _stages[stage], stride = architecture.Strides[stage];
        Module? pool = Family.Pool(architecture, stage, outputs);
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
