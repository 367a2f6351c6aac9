using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Pooling by weights that a module computes from the map (paper, Eq. 5): y = sum of pi x over each window / sum of pi, pi = exp(sigmoid(z)),
/// z = logit(x). A remainder at the end of an axis is dropped; padding weighs nothing.
/// </summary>
public sealed class WeightedPool : Module
{
    private readonly Module _logit;
    private readonly Window _window;

    /// <summary>A weighted pool.</summary>
    /// <param name="logit">Computes z, of the shape of x.</param>
    /// <param name="window">Side = step and no padding in the paper.</param>
    public WeightedPool(Module logit, Window window)
    {
        _logit = Child("logit.pool_weight", logit);
        _window = window;
    }

    /// <summary>Whether z passes a sigmoid; without it the exponential may overflow.</summary>
    public bool Sigmoid { get; init; } = true;

    /// <summary>Whether weights are exponentials.</summary>
    public bool Exponential { get; init; } = true;

    /// <summary>Whether the sum of the weights divides; else the number of cells does.</summary>
    public bool Normalise { get; init; } = true;

    /// <summary>Factor of the sigmoid, or of z where there is none.</summary>
    public double Gain { get; init; } = 1;

    /// <summary>Computes z.</summary>
    public Module Logit => _logit;

    /// <summary>pi, the weights that scores z become: what <see cref="Module.Call(Tensor)"/> has within one op, as a map to look at and to differentiate by.</summary>
    public Tensor Weights(Tensor z)
    {
        Tensor bounded = Sigmoid ? z.Sigmoid() : z;
        Tensor scaled = Gain == 1 ? bounded : bounded.Scale(Gain);
        return Exponential ? scaled.Exp() : scaled;
    }

    /// <summary>The weighted mean of each window of x, op by op, so that a gradient reaches the weights.</summary>
    public Tensor Mean(Tensor x, Tensor weights)
    {
        Tensor sum = x.Multiply(weights).AveragePool2d(_window);
        return Normalise ? sum.Divide(weights.AveragePool2d(_window)) : sum;
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.WeightedPool2d(_logit.Call(x), _window, Sigmoid, Exponential, Normalise, Gain);
}
