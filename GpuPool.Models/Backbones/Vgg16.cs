using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Models.Backbones;

/// <summary>
/// VGG16 with batch norm (Simonyan and Zisserman, 2015; sizes and names of torchvision), each of its five max pools replaced by a pooling method.
/// </summary>
public sealed class Vgg16 : Backbone
{
    // Side of the map that the classifier reads.
    private const int HeadSide = 7;

    // Channels and convolutions of each stage.
    private static readonly (int Channels, int Convolutions)[] _stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

    /// <summary>A backbone without memory. A stage ends with its pool.</summary>
    /// <param name="architecture">Strides and pooling; where a convolution carries the stride of a stage it is the last one.</param>
    /// <param name="width">Factor of all numbers of channels, which stay multiples of 8.</param>
    public Vgg16(Architecture architecture, double width)
    {
        int inputs = Network.ImageChannels, index = 0, stride = 1;
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            int outputs = Widths.Channels(_stages[stage].Channels, width), last = _stages[stage].Convolutions - 1;
            Module? pool = Family.Pool(architecture, stage, outputs);
            for (int convolution = 0; convolution <= last; convolution++)
            {
                int step = convolution == last && pool is null ? architecture.Strides[stage] : 1;
                Append($"features.{index}", new Conv2dLayer(inputs, outputs, new Window(3, step, 1), bias: true));
                Append($"features.{index + 1}", new BatchNormLayer(outputs, Activation.Relu));
                // torchvision counts the activation, which is part of our batch norm, as a third module, and the pool even where there is none.
                index += 3;
                inputs = outputs;
            }
            if (pool is not null)
                Append($"features.{index}", pool);
            EndStage($"features.{index++}", stride *= architecture.Strides[stage], outputs);
        }
    }

    /// <summary>The word <c>vgg16_bn</c>.</summary>
    public static BackboneFamily Family { get; } = new()
    {
        Words = [("vgg16_bn", Placement.Outer)],
        Places = _stages.Length,
        HasStem = false,
        Heads = 2,
        // Patches grow so that each map of 28 pixels and more has as many tokens.
        Patches = new Dictionary<PatchSchedule, IReadOnlyList<int>>
        {
            [PatchSchedule.Pixel] = [1, 1, 1, 1, 1],
            [PatchSchedule.Reduced] = [8, 4, 2, 1, 1],
        },
        Widths = (0.05, 8),
        Backbone = (architecture, width) => new Vgg16(architecture, width),
        Head = Classifier,
        Start = network => network
            .StartConvolutions(Distribution.FanOut, bias: Distribution.Constant(0))
            .StartLinear(Distribution.Normal(0.01), bias: Distribution.Constant(0)),
    };

    // The hidden layers have 8 times the channels of the last map, which are 4096.
    private static IReadOnlyList<(string Name, Module Module)> Classifier(int channels, int classes)
    {
        int hidden = 8 * channels;
        return
        [
            ("avgpool", new AdaptiveAveragePoolLayer(HeadSide, HeadSide)),
            ("classifier.0", LinearLayer.OverMap(HeadSide, HeadSide, channels, hidden)),
            ("classifier.1", new ReluLayer()),
            ("classifier.2", new DropoutLayer(0.5)),
            ("classifier.3", new LinearLayer(hidden, hidden)),
            ("classifier.4", new ReluLayer()),
            ("classifier.5", new DropoutLayer(0.5)),
            ("classifier.6", new LinearLayer(hidden, classes)),
        ];
    }
}
