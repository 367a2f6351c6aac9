using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Pooling by weights that a module computes from the map (paper, Eq. 5): y = sum of pi x over each window / sum of pi, pi = exp(sigmoid(z)),
/// z = logit(x). Windows are disjoint; a remainder at the end of an axis is dropped.
/// </summary>
public sealed class WeightedPool : Module
{
    private readonly Module _logit;
    private readonly Window _window;

    /// <summary>A weighted pool.</summary>
    /// <param name="logit">Computes z, of the shape of x.</param>
    /// <param name="stride">Side and step of the windows.</param>
    public WeightedPool(Module logit, int stride)
    {
        _logit = Child("logit.pool_weight", logit);
        _window = new Window(stride, stride);
    }

    /// <summary>Whether z passes a sigmoid; without it the exponential may overflow.</summary>
    public bool Sigmoid { get; init; } = true;

    /// <summary>Whether weights are exponentials.</summary>
    public bool Exponential { get; init; } = true;

    /// <summary>Whether the sum of the weights divides; else the number of cells does.</summary>
    public bool Normalise { get; init; } = true;

    /// <inheritdoc/>
    public override Shape Measure(Shape x, CostBook book) =>
        book.Enter(this, CostPart.None, 0, _window.Output(nameof(WeightedPool), x, x.Channels), x, _logit.Measure(x, book));

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.WeightedPool2d(_logit.Call(x), _window, Sigmoid, Exponential, Normalise);
}
