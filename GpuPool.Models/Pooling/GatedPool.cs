using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Gated mixture of maximum and average (Lee, Gallagher and Tu, "Generalizing pooling functions in CNNs: mixed, gated, and tree", 2016):
/// y = g max + (1 - g) mean of each window w, g = sigmoid(&lt;omega, w&gt;).
/// </summary>
/// <remarks>
/// The equation is recalled; one mask omega a layer, so 9 parameters for windows of side 3, is what the abstract counts. omega = 0 at first is our choice:
/// training starts half way between the two. The alternatives have a mask for each channel.
/// </remarks>
public sealed class GatedPool : Module
{
    private readonly Window _window;
    private readonly WindowFilterLayer _gate;

    /// <summary>A pool that starts half way between the two.</summary>
    public GatedPool(Window window)
    {
        _window = window;
        _gate = Child("omega", new WindowFilterLayer(window, Distribution.Constant(0)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.MaxPool2d(_window).Blend(x.AveragePool2d(_window), _gate.Call(x).Sigmoid());
}
