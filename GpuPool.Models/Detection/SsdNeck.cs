using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Backbones;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Detection;

/// <summary>
/// The maps behind the backbone's: each of the one before by a 1x1 convolution to half of its channels, a depthwise one that shrinks it, and a 1x1 convolution, each with batch norm
/// and ReLU6 (mmdetection's SSDNeck for MobileNetV2).
/// </summary>
public sealed class SsdNeck : Module
{
    private const double StartDeviation = 0.03;

    private readonly Sequential[] _extra;

    /// <summary>A neck without memory.</summary>
    /// <param name="inputs">Channels of the last map of the backbone.</param>
    /// <param name="extra">Channels of each level, and the window of its depthwise convolution.</param>
    public SsdNeck(int inputs, IReadOnlyList<(int Channels, Window Window)> extra)
    {
        ArgumentNullException.ThrowIfNull(extra);
        _extra = new Sequential[extra.Count];
        for (int level = 0; level < extra.Count; level++)
        {
            (int outputs, Window window) = extra[level];
            int middle = outputs / 2;
            _extra[level] = Child(string.Create(CultureInfo.InvariantCulture, $"extra_layers.{level}"), Sequential.Of(
            [
                ConvolutionUnit.ForSsd(new Conv2dLayer(inputs, middle, new Window(1)), middle),
                new Sequential()
                    .Append("depthwise_conv", ConvolutionUnit.ForSsd(new DepthwiseConv2dLayer(middle, window), middle))
                    .Append("pointwise_conv", ConvolutionUnit.ForSsd(new Conv2dLayer(middle, outputs, new Window(1)), outputs)),
            ]));
            inputs = outputs;
        }
        this.StartConvolutions(_ => Distribution.Normal(StartDeviation)).StartDepthwise(_ => Distribution.Normal(StartDeviation));
    }

    /// <summary>All levels: the backbone's maps, and those behind them.</summary>
    public IReadOnlyList<Tensor> Call(IReadOnlyList<Tensor> maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        return Call(maps[0].Device, () =>
        {
            List<Tensor> levels = [.. maps];
            foreach (Sequential next in _extra)
                levels.Add(next.Call(levels[^1]));
            return levels;
        });
    }
}
