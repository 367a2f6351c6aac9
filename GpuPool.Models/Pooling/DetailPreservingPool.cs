using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Detail-preserving pooling (Saeedan et al., CVPR 2018): a mean of each window in which cells far from a smooth reference weigh more, with a learned
/// strength exp(lambda) / 2 and a learned base exp(alpha) a channel; see <see cref="Kernels.Ops.DetailPreservingPool2d"/>.
/// </summary>
/// <remarks>
/// The reference is the mean of the window (lite), or a learned smoothing of each channel (full). Their code defines windows of side 2 only; for a side s the
/// window grows to s x s and the smoothing from 3x3 at step 2 to (s + 1)x(s + 1) at step s, our guess (the alternative is to pool by 2 several times).
/// Both parameters start uniform within 1 / sqrt(channels), as in their nngraph version (0 in the CUDA one); weight decay leaves both alone, as in their code.
/// </remarks>
public sealed class DetailPreservingPool : Module
{
    private readonly ModuleState _alpha, _lambda;
    private readonly DepthwiseConv2dLayer? _smoothing;
    private readonly ModuleState? _bias;
    private readonly Window _window;
    private readonly bool _symmetric;

    /// <summary>A pool.</summary>
    /// <param name="channels">Channels of the map.</param>
    /// <param name="window">Square. The smoothing has its own window where that is padded, else one of a side and a padding more.</param>
    /// <param name="symmetric">Whether cells below the reference count as those above it do.</param>
    /// <param name="full">Whether the reference is learned.</param>
    public DetailPreservingPool(int channels, Window window, bool symmetric = true, bool full = false)
    {
        (_window, _symmetric) = (window, symmetric);
        var shape = new Shape(channels);
        var start = Distribution.Uniform(1 / Math.Sqrt(channels));
        _alpha = State("alpha", ModuleState.Parameter(shape, start, decays: false));
        _lambda = State("lambda", ModuleState.Parameter(shape, start, decays: false));
        if (!full)
            return;
        Window smoothing = window.Padding == 0 ? new(window.Size.Height + 1, window.Stride, 1) : window;
        _smoothing = Child("reference", new DepthwiseConv2dLayer(channels, smoothing));
        _bias = State("reference.bias", ModuleState.Parameter(shape, Distribution.Uniform(1.0 / smoothing.Size.Height)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.DetailPreservingPool2d(Reference(x), _alpha.Value, _lambda.Value, _window, _symmetric);

    private Tensor Reference(Tensor x)
    {
        if (_smoothing is null)
            return Step("reference", () => x.AveragePool2d(_window, countsPadding: false));
        Tensor smooth = _smoothing.Call(x);
        // The padded smoothing reaches into a remainder of one row or column that no window has.
        Shape y = _window.Output(nameof(DetailPreservingPool), x.Shape, x.Shape.Channels);
        smooth = smooth.Slice(1, 0, y[1]).Slice(2, 0, y[2]);
        return smooth.Add(_bias!.Value.Reshape(new Shape(1, 1, 1, x.Shape.Channels)).Broadcast(smooth.Shape));
    }
}
