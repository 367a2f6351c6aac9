using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Models.Layers;

/// <summary>
/// Multi-head self-attention with its projections, over tokens (N, L, E): PyTorch's MultiheadAttention with the same query, key and value.
/// No mask, no dropout.
/// </summary>
public sealed class SelfAttentionLayer : Module
{
    private readonly int _heads;
    private readonly ModuleState _inputWeight, _inputBias;
    private readonly LinearLayer _output;

    /// <summary>
    /// An attention layer. The input weight starts Xavier-uniform over all three projections, within sqrt(6 / 4E); the output weight as in any linear
    /// layer; both biases at 0.
    /// </summary>
    public SelfAttentionLayer(int width, int heads)
    {
        _heads = heads;
        _inputWeight = State("in_proj_weight", ModuleState.Parameter(
            new Shape(width, 3 * width), Distribution.Uniform(Math.Sqrt(6.0 / (4 * width))), TensorLayout.Linear));
        _inputBias = State("in_proj_bias", ModuleState.Parameter(new Shape(3 * width), Distribution.Constant(0)));
        _output = Child("out_proj", new LinearLayer(width, width, CostPart.Projection));
        _output.Bias.Start = Distribution.Constant(0);
    }

    /// <inheritdoc/>
    public override Map Measure(Map x, CostBook book)
    {
        Shape tokens = x.Shape;
        Map qkv = book.Enter(
            this, "in_proj", CostPart.Projection, tokens.Rows * (long)_inputWeight.Shape.Count, tokens.WithChannels(3 * tokens.Channels), x);
        Map attended = book.Enter(this, "attention", CostPart.Attention, 2L * tokens.Rows * tokens[1] * tokens.Channels, tokens, qkv);
        return _output.Measure(attended, book);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => _output.Call(x.Linear(_inputWeight.Value, _inputBias.Value).Attention(_heads));
}
