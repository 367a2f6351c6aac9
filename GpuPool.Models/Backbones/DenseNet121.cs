using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Backbones;

/// <summary>
/// DenseNet121 (Huang et al., 2017; sizes and names of torchvision), the average pools of its three transitions replaced by a pooling method. As in ResNet18 the first
/// stage has stride 1 unless the label says otherwise, and the max pool of the stem is replaced by a prepool: alone, as the authors of LIP do, with the stride of the
/// first convolution left as it is.
/// </summary>
public sealed class DenseNet121 : Backbone
{
    private const int StemChannels = 64, Growth = 32, ConvolutionStride = 2, PoolStride = 2;

    private static readonly int[] _layers = [6, 12, 24, 16];

    /// <summary>A backbone without memory. A stage begins with its pool and ends with its dense block.</summary>
    /// <param name="architecture">
    /// Strides and pooling. Where a convolution carries the stride of a stage it is that of the transition, and for the first stage that of the stem.
    /// </param>
    /// <param name="width">Factor of all numbers of channels, which stay multiples of 8.</param>
    public DenseNet121(Architecture architecture, double width)
    {
        int channels = Widths.Channels(StemChannels, width), growth = Widths.Channels(Growth, width);
        Module? entry = Family.Pool(architecture, 0, channels);
        int stride = ConvolutionStride * (architecture.Prepool?.Stride ?? PoolStride) * architecture.Strides[0];
        int step = ConvolutionStride * (entry is null ? architecture.Strides[0] : 1);
        Append("features.conv0", new Conv2dLayer(Network.ImageChannels, channels, new Window(7, step, 3)));
        Append("features.norm0", new BatchNormLayer(channels, Activation.Relu));
        Append("features.pool0", architecture.Prepool is { } prepool
            ? prepool.Pooling.Method.Create(prepool.Pooling.Prepool(channels, prepool.Stride))
            : new MaxPool(new Window(3, PoolStride, 1)));
        if (entry is not null)
            Append("features.pool1", entry);
        for (int stage = 0; stage < _layers.Length; stage++)
        {
            if (stage > 0)
            {
                stride *= architecture.Strides[stage];
                channels = AppendTransition(architecture, stage, channels);
            }
            Append($"features.denseblock{stage + 1}", Block(channels, growth, _layers[stage]));
            channels += growth * _layers[stage];
            if (stage == _layers.Length - 1)
                Append("features.norm5", new BatchNormLayer(channels, Activation.Relu));
            EndStage($"features.denseblock{stage + 1}", stride, channels);
        }
    }

    /// <summary>The word <c>densenet121</c>.</summary>
    public static BackboneFamily Family { get; } = new()
    {
        Words = [("densenet121", Placement.Outer)],
        Places = _layers.Length,
        Heads = 4,
        Patches = new Dictionary<PatchSchedule, IReadOnlyList<int>>
        {
            [PatchSchedule.Pixel] = [1, 1, 1, 1],
            [PatchSchedule.Reduced] = [4, 2, 1, 1],
        },
        Widths = (0.05, 8),
        Backbone = (architecture, width) => new DenseNet121(architecture, width),
        Head = (channels, classes) => [("avgpool", new GlobalAveragePoolLayer()), ("classifier", new LinearLayer(channels, classes))],
        Start = network => network.StartConvolutions(Distribution.FanIn).StartLinear(bias: Distribution.Constant(0)),
    };

    // Half the channels, and the pool.
    private int AppendTransition(Architecture architecture, int stage, int channels)
    {
        int outputs = channels / 2;
        Module? pool = Family.Pool(architecture, stage, outputs);
        var transition = new Sequential();
        transition.Append("norm", new BatchNormLayer(channels, Activation.Relu));
        transition.Append("conv", new Conv2dLayer(channels, outputs, new Window(1, pool is null ? architecture.Strides[stage] : 1)));
        if (pool is not null)
            transition.Append("pool", pool);
        Append($"features.transition{stage}", transition);
        return outputs;
    }

    private static Sequential Block(int channels, int growth, int layers)
    {
        var block = new Sequential();
        for (int layer = 0; layer < layers; layer++)
            block.Append($"denselayer{layer + 1}", new DenseLayer(channels + layer * growth, growth));
        return block;
    }
}
