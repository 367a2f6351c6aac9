using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Costs;
using GpuPool.Models.Layers;
using GpuPool.Models.Pruning;

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
    public override Map Measure(Map x, CostBook book)
    {
        Map features = book.Enter(this, "mean", CostPart.None, 0, new Shape(x.Shape[0], 1, 1, x.Shape.Channels), x);
        Map hidden = _hidden.Measure(features, book), mu = _mu.Measure(hidden, book);
        _sigma?.Measure(hidden, book);
        return book.Enter(this, CostPart.None, 0, _window.Output(nameof(GaussianPool), x.Shape, x.Shape.Channels), x, mu);
    }

    /// <inheritdoc/>
    public override ChannelGroup Follow(ChannelGroup x)
    {
        ChannelGroup hidden = _hidden.Follow(x);
        hidden.Fix();
        x.Weigh(_mu.Follow(hidden));
        return _sigma is null ? x : x.Weigh(_sigma.Follow(hidden));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor hidden = _hidden.Call(x.GlobalAveragePool().Reshape(new Shape(x.Shape[0], 1, 1, x.Shape.Channels)));
        Tensor mu = _mu.Call(hidden);
        return Training && _noise != PoolingNoise.None
            ? x.GaussianPool2d(new GaussianPool2d(_window, _weight, _noise, Seed, Stream, TakeStep()), mu, _sigma?.Call(hidden).Sigmoid())
            : x.GaussianPool2d(new GaussianPool2d(_window, _weight), mu);
    }

    private static Sequential Head(int width, int channels) => Sequential.Of([Convolution(width, channels), new BatchNormLayer(channels)]);

    private static Conv2dLayer Convolution(int inputs, int outputs) => new(inputs, outputs, new Window(1), bias: true);
}
