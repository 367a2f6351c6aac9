using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Backbones;

/// <summary>MobileNetV2 (Sandler et al., 2018) with the stages' down-sampling done by a pooling method.</summary>
public sealed class MobileNetV2 : Backbone
{
    private const int StemChannels = 32, LastChannels = 1280;

    // Expansion, channels, blocks of each stage; the strides come with the architecture.
    private static readonly (int Expansion, int Channels, int Blocks)[] _stages =
        [(1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1)];

    /// <summary>A backbone without memory. Its stages are those of the label, and the last 1x1 convolution.</summary>
    /// <param name="architecture">Strides and pooling.</param>
    /// <param name="width">Factor of all numbers of channels, which stay multiples of 8; the last 1280 do not shrink.</param>
    public MobileNetV2(Architecture architecture, double width)
    {
        int channels = Widths.Channels(StemChannels, width), last = Widths.Channels(LastChannels, Math.Max(1, width)), stride = architecture.Prepool?.Stride ?? 2;
        Append("conv1", ConvolutionNorm(Network.ImageChannels, channels, new Window(3, architecture.Prepool is null ? 2 : 1, 1)));
        if (architecture.Prepool is { } prepool)
            Append("conv1_pool", prepool.Pooling.Method.Create(prepool.Pooling.Prepool(channels, prepool.Stride)));
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            channels = AppendStage(architecture, stage, channels, Widths.Channels(_stages[stage].Channels, width));
            EndStage($"features.{stage}", stride *= architecture.Strides[stage], channels);
        }
        Append("conv2", ConvolutionNorm(channels, last, new Window(1)));
        EndStage("conv2", stride, last);
    }

    /// <summary>The words <c>mobilenet</c> and <c>mobilenet_v2</c>.</summary>
    public static BackboneFamily Family { get; } = new()
    {
        Words = [("mobilenet", Placement.Outer), ("mobilenet_v2", Placement.Inner)],
        Places = _stages.Length,
        Heads = 2,
        Patches = new Dictionary<PatchSchedule, IReadOnlyList<int>>
        {
            [PatchSchedule.Pixel] = [1, 1, 1, 1, 1, 1, 1],
            [PatchSchedule.Reduced] = [4, 4, 4, 2, 2, 1, 1],
        },
        Widths = (0.05, 8),
        Backbone = (architecture, width) => new MobileNetV2(architecture, width),
        Head = (channels, classes) => [("avgpool", new GlobalAveragePoolLayer()), ("classifier", new LinearLayer(channels, classes))],
        // The released code starts all its convolutions and linear layers anew, those of the pools and the output projection of attention included.
        Start = network => network
            .StartConvolutions(Distribution.FanOut, bias: Distribution.Constant(0))
            .StartDepthwise(Distribution.FanOut)
            .StartLinear(Distribution.Normal(0.01), bias: Distribution.Constant(0)),
    };

    private int AppendStage(Architecture architecture, int stage, int inputs, int outputs)
    {
        (int expansion, _, int count) = _stages[stage];
        int stride = architecture.Strides[stage];
        var modules = new List<Module>();
        if (architecture.Placement == Placement.Outer && Family.Pool(architecture, stage, inputs) is { } entry)
        {
            modules.Add(entry);
            stride = 1;
        }
        Module? pool = architecture.Placement == Placement.Inner ? Family.Pool(architecture, stage, outputs) : null;
        modules.Add(new InvertedResidual(inputs, outputs, expansion, stride, pool));
        for (int block = 1; block < count; block++)
            modules.Add(new InvertedResidual(outputs, outputs, expansion, 1));
        Append($"features.{stage}", Of(modules));
        return outputs;
    }

    private static Sequential ConvolutionNorm(int inputs, int outputs, Window window) =>
        Of([new Conv2dLayer(inputs, outputs, window), new BatchNormLayer(outputs, Activation.Relu6)]);
}
