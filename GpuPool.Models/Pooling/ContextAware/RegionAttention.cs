using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Models.Pooling.ContextAware;

/// <summary>
/// Additive attention between the regions of an image: e[i,j] = sigmoid(v tanh(f[i] t + f[j] s + b) + a), context[i] = sum over j of softmax over j of e[i,j] times
/// the mean over the pixels of region j. The code of CAP takes the mean of the context; the two commute, and this way is 49 times less work.
/// </summary>
public sealed class RegionAttention : Module
{
    private readonly ModuleState _own, _other, _hiddenBias, _score, _scoreBias;

    /// <summary>Attention between regions of so many numbers; weights start Glorot-normal, biases at 0.</summary>
    /// <param name="features">Pixels times channels of a region.</param>
    /// <param name="units">Width of the hidden layer.</param>
    public RegionAttention(int features, int units)
    {
        ModuleState Weight(string name, int inputs, int outputs) =>
            State(name, ModuleState.Parameter(new Shape(inputs, outputs), Distribution.Normal(Math.Sqrt(2.0 / (inputs + outputs)))));
        (_own, _other, _score) = (Weight("Wt", features, units), Weight("Wx", features, units), Weight("Wa", units, 1));
        _hiddenBias = State("bh", ModuleState.Parameter(new Shape(units), Distribution.Constant(0)));
        _scoreBias = State("ba", ModuleState.Parameter(new Shape(1), Distribution.Constant(0)));
    }

    /// <summary>The map for regions (N, R, side, side C): (N, R, C).</summary>
    public override Map Measure(Map x, CostBook book)
    {
        int images = x.Shape[0], regions = x.Shape[1], units = _score.Shape[0];
        Shape pairs = new(images, regions, regions), context = new(images, regions, x.Shape[3] / x.Shape[2]);
        Map hidden = book.Enter(this, "hidden", CostPart.Linear, 2L * images * regions * _own.Shape.Count, new Shape(images, regions, 2 * units), x);
        Map weights = book.Enter(this, "weights", CostPart.Attention, (long)pairs.Count * units, pairs, hidden);
        Map means = book.Enter(this, "means", CostPart.None, 0, context, x);
        return book.Enter(this, "context", CostPart.Attention, (long)pairs.Count * context.Channels, context, weights, means);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        (int images, int regions, int side, int units) = (x.Shape[0], x.Shape[1], x.Shape[2], _score.Shape[0]);
        Tensor features = x.Reshape(new Shape(images, regions, _own.Shape[0]));
        var pairs = new Shape(images, regions, regions, units);
        Tensor own = features.Linear(_own.Value, _hiddenBias.Value).Reshape(new Shape(images, regions, 1, units)).Broadcast(pairs);
        Tensor other = features.Linear(_other.Value).Reshape(new Shape(images, 1, regions, units)).Broadcast(pairs);
        Tensor scores = own.Add(other).Tanh().Linear(_score.Value, _scoreBias.Value).Sigmoid();
        Tensor means = x.Reshape(new Shape(images * regions, side, side, x.Shape[3] / side)).GlobalAveragePool();
        return scores.Reshape(new Shape(images, regions, regions)).Softmax().BatchProduct(means.Reshape(new Shape(images, regions, means.Shape[1])));
    }
}
