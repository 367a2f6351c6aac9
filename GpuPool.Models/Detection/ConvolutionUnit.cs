using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Detection;

/// <summary>Convolution and batch norm with the activation behind it, under mmdetection's names <c>conv</c> and <c>bn</c>.</summary>
internal static class ConvolutionUnit
{
    /// <summary>With mmdetection's constants for SSD, and ReLU6.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="channels">Its output channels.</param>
    public static Sequential ForSsd(Module convolution, int channels) =>
        new Sequential().Append("conv", convolution).Append("bn", new BatchNormLayer(channels, Activation.Relu6, epsilon: 1e-3, momentum: 0.03));

    /// <summary>A convolution of this side that keeps the extents, with a leaky ReLU.</summary>
    public static Sequential ForYolo(int inputs, int outputs, int side) => new Sequential()
        .Append("conv", new Conv2dLayer(inputs, outputs, new Window(side, padding: side / 2)))
        .Append("bn", new BatchNormLayer(outputs))
        .Append("activate", new LeakyReluLayer());
}
