using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>Product of each window with one mask that all channels share: a depthwise convolution of kh kw parameters.</summary>
public sealed class WindowFilterLayer : Module
{
    private readonly Window _window;
    private readonly ModuleState _mask;

    /// <summary>A filter whose mask starts with draws of this distribution.</summary>
    public WindowFilterLayer(Window window, Distribution start)
    {
        _window = window;
        _mask = State("weight", ModuleState.Parameter(new Shape(window.Size.Height, window.Size.Width, 1), start));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.DepthwiseConv2d(_mask.Value.Broadcast(_mask.Shape.WithChannels(x.Shape.Channels)), _window);
}
