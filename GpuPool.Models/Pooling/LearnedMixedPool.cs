using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Learned mixture of maximum and average (Lee, Gallagher and Tu, "Generalizing pooling functions in CNNs: mixed, gated, and tree", 2016):
/// y = a max + (1 - a) mean, with one a for the layer.
/// </summary>
/// <remarks>
/// The equation is recalled; the single parameter is that of the abstract. a = sigmoid(alpha) with alpha = 0 at first is our choice, which keeps a between
/// 0 and 1; the alternatives learn a itself, or one for each channel.
/// </remarks>
public sealed class LearnedMixedPool : Module
{
    private readonly Window _window;
    private readonly ModuleState _alpha;

    /// <summary>A pool that starts half way between the two.</summary>
    public LearnedMixedPool(Window window)
    {
        _window = window;
        _alpha = State("alpha", ModuleState.Parameter(new Shape(1, 1, 1, 1), Distribution.Constant(0)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor maximum = x.MaxPool2d(_window), average = x.AveragePool2d(_window);
        return maximum.Blend(average, _alpha.Value.Sigmoid().Broadcast(average.Shape));
    }
}
