using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Tree pooling of two levels (Lee, Gallagher and Tu, "Generalizing pooling functions in CNNs: mixed, gated, and tree", 2016):
/// y = g &lt;v1, w&gt; + (1 - g) &lt;v2, w&gt; of each window w, g = sigmoid(&lt;omega, w&gt;).
/// </summary>
/// <remarks>
/// The equation is recalled; three masks a layer, so 27 parameters for windows of side 3, is what the abstract counts. omega = 0 at first and leaves of 1 / (kh kw),
/// give or take a tenth so that they can part, are our choice: training starts near average pooling. The alternatives have masks for each channel, or more levels.
/// </remarks>
public sealed class TreePool : Module
{
    private readonly WindowFilterLayer _gate, _first, _second;

    /// <summary>A pool that starts near average pooling.</summary>
    public TreePool(Window window)
    {
        double share = 1.0 / window.Size.Area;
        var leaf = Distribution.Uniform(0.9 * share, 1.1 * share);
        _gate = Child("omega", new WindowFilterLayer(window, Distribution.Constant(0)));
        _first = Child("leaf1", new WindowFilterLayer(window, leaf));
        _second = Child("leaf2", new WindowFilterLayer(window, leaf));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => _first.Call(x).Blend(_second.Call(x), _gate.Call(x).Sigmoid());
}
