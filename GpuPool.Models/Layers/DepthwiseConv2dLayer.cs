using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>Convolution of each channel with a kernel of its own.</summary>
public sealed class DepthwiseConv2dLayer : Module
{
    private readonly Window _window;

    /// <summary>A depthwise convolution; the weight starts uniform within 1 / sqrt(kh kw), as in PyTorch.</summary>
    public DepthwiseConv2dLayer(int channels, Window window)
    {
        _window = window;
        Weight = State("weight", ModuleState.Parameter(
            new Shape(window.Size.Height, window.Size.Width, channels), Distribution.Uniform(1 / Math.Sqrt(window.Size.Area)), TensorLayout.DepthwiseConvolution));
    }

    /// <summary>(kh, kw, channels)</summary>
    public ModuleState Weight { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.DepthwiseConv2d(Weight.Value, _window);
}
