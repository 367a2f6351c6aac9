using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// RNNPool (Saha et al., NeurIPS 2020): a recurrent cell sweeps each row of a patch from left to right, and a second one its last states down and up;
/// the same two cells sweep the columns from top to bottom, then right and left. The four last states of the second cell are the 4 h2 channels of y.
/// </summary>
/// <remarks>
/// Formulas and start values are those of EdgeML's code, which is bound to square patches; patches may be rectangles here. Rows are swept once for all patches
/// that share them. y (N, Ho, Wo, 4 h2) with Ho = floor((H - height) / stride) + 1; a remainder at the end of an axis is dropped.
/// </remarks>
public sealed class RnnPool : Module
{
    private readonly FastGrnnLayer _first, _second;
    private readonly int _height, _width, _stride;

    /// <summary>A pool.</summary>
    /// <param name="channels">Channels of the map.</param>
    /// <param name="sweep">h1, features of the state of the first cell.</param>
    /// <param name="summary">h2, features of the state of the second cell.</param>
    /// <param name="height">Rows of a patch.</param>
    /// <param name="width">Columns of a patch.</param>
    /// <param name="stride">Pixels from one patch to the next; smaller than a side, patches overlap.</param>
    /// <param name="start">Values before training of both cells; null for those of EdgeML.</param>
    public RnnPool(int channels, int sweep, int summary, int height, int width, int stride, FastGrnnStart? start = null)
    {
        (_height, _width, _stride) = (height, width, stride);
        _first = Child("cell_rnn", new FastGrnnLayer(channels, sweep, start ?? FastGrnnStart.EdgeMl));
        _second = Child("cell_bidirrnn", new FastGrnnLayer(sweep, summary, start ?? FastGrnnStart.EdgeMl));
    }

    /// <summary>
    /// The pool in place of another of this stride. How the paper used RNNPool there is not published; this is our reading: patches of side and step
    /// <paramref name="stride"/>, no padding, h1 = h2 = a quarter of the channels rounded up, a 1x1 convolution where four of these are not the channels,
    /// and the start of <see cref="FastGrnnStart.ShortSequences"/>, since with EdgeML's MobileNetV2 diverges at the recipe's learning rate.
    /// Alternatives are patches larger than the stride, or RNNPool in the first place only, with the stages before it left out, as its own paper has it.
    /// </summary>
    public static Module InPlace(int channels, int stride)
    {
        int quarter = (channels + 3) / 4;
        var pool = new RnnPool(channels, quarter, quarter, stride, stride, stride, FastGrnnStart.ShortSequences);
        return 4 * quarter == channels ? pool : Sequential.Of([pool, new Conv2dLayer(4 * quarter, channels, new Window(1), bias: true)]);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor rows = _first.Call("rows", x, 2, _width, _stride), columns = _first.Call("columns", x, 1, _height, _stride);
        return _second.Call("down", rows, 1, _height, _stride).Concat(
            3,
            _second.Call("up", rows, 1, _height, _stride, reverse: true),
            _second.Call("right", columns, 2, _width, _stride),
            _second.Call("left", columns, 2, _width, _stride, reverse: true));
    }
}
