using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Gaussian-based pooling (Kobayashi, NeurIPS 2019; the released code has a copy of the author's module): y = mean + w deviation of each window, w made
/// from global features of the image, with noise in training. For the equations see <see cref="GaussianPool2d"/>.
/// </summary>
/// <remarks>
/// Global features: h = relu(BN(W1 g)) with g the mean of each channel and half as many channels; mu = BN(W2 h), sigma = sigmoid(BN(W3 h)).
/// The batch norms see one value an image, so that training needs two images at least, and statistics of small batches are rough.
/// The half-Gaussian of the same paper was never released, and its equation is recalled: w = s |e|, in evaluation s sqrt(2 / pi). How s is kept positive is
/// our reading: softplus(BN(W h)); the alternative is a sigmoid, as for sigma above.
/// </remarks>
public sealed class GaussianPool : StochasticModule
{
    private readonly Window _window;
    private readonly PoolingNoise _noise;
    private readonly GaussianWeight _weight;
    private readonly Sequential _hidden, _mu;
    private readonly Sequential? _sigma;

    /// <summary>A pool for a map of so many channels.</summary>
    /// <param name="channels">Channels of the map.</param>
    /// <param name="window">Side = step and no padding in the paper.</param>
    /// <param name="noise">What noise is drawn for in training: each element in the paper.</param>
    /// <param name="weight">Which of the two models.</param>
    public GaussianPool(int channels, Window window, PoolingNoise noise, GaussianWeight weight = GaussianWeight.Softplus)
    {
        (_window, _noise, _weight) = (window, noise, weight);
        int width = Math.Max(1, channels / 2);
        _hidden = Child("ToHidden", new Sequential().Append("1", Convolution(channels, width)).Append("2", new BatchNormLayer(width, Activation.Relu)));
        bool isSoftplus = weight == GaussianWeight.Softplus;
        _mu = Child(isSoftplus ? "ToMean" : "ToSigma", Head(width, channels));
        _sigma = isSoftplus ? Child("ToSigma", Head(width, channels)) : null;
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor hidden = _hidden.Call(Step("mean", () => x.GlobalAveragePool().Reshape(new Shape(x.Shape[0], 1, 1, x.Shape.Channels))));
        Tensor mu = _mu.Call(hidden);
        bool hasNoise = _noise != PoolingNoise.None;
        // In evaluation, where e = 0, sigma changes nothing: it costs little, and every forward pass has all parts of the pool.
        Tensor? sigma = hasNoise ? _sigma?.Call(hidden).Sigmoid() : null;
        GaussianPool2d pool = Training && hasNoise ? new(_window, _weight, _noise, Seed, Stream, TakeStep()) : new(_window, _weight);
        return x.GaussianPool2d(pool, mu, sigma);
    }

    private static Sequential Head(int width, int channels) => Sequential.Of([Convolution(width, channels), new BatchNormLayer(channels)]);

    private static Conv2dLayer Convolution(int inputs, int outputs) => new(inputs, outputs, new Window(1), bias: true);
}
