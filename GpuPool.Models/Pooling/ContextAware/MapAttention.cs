using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling.ContextAware;

/// <summary>
/// Self-attention between the pixels of a map as in SAGAN (Zhang et al., 2019): y = x + gamma softmax(g f^T) h, with 1x1 convolutions f, g to an eighth of the
/// channels and h to all of them; no scale, one head. gamma starts at 0, so that the map passes unchanged at first.
/// </summary>
/// <remarks>The map of weights is stored, (H W)^2 numbers an image: meant for the last map of a network.</remarks>
public sealed class MapAttention : Module
{
    private readonly Conv2dLayer _key, _query, _value;
    private readonly ModuleState _gamma;

    /// <summary>Attention on a map of so many channels.</summary>
    public MapAttention(int channels)
    {
        int narrow = Math.Max(1, channels / 8);
        _key = Child("f", new Conv2dLayer(channels, narrow, new Window(1), bias: true));
        _query = Child("g", new Conv2dLayer(channels, narrow, new Window(1), bias: true));
        _value = Child("h", new Conv2dLayer(channels, channels, new Window(1), bias: true));
        _gamma = State("gamma", ModuleState.Parameter(new Shape(1), Distribution.Constant(0)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor query = Tokens(_query, x), key = Tokens(_key, x);
        Tensor weights = Step("weights", () => query.BatchProduct(key, ProductForm.SecondTransposed).Softmax());
        Tensor value = Tokens(_value, x);
        return Step("attended", () => x.Add(
            weights.BatchProduct(value).Reshape(x.Shape).Multiply(_gamma.Value.Reshape(new Shape(1, 1, 1, 1)).Broadcast(x.Shape))));
    }

    private static Tensor Tokens(Conv2dLayer convolution, Tensor x)
    {
        Tensor y = convolution.Call(x);
        return y.Reshape(new Shape(y.Shape[0], y.Shape[1] * y.Shape[2], y.Shape[3]));
    }
}
