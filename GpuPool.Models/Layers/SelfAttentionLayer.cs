using GpuPool.Autograd;
using GpuPool.Kernels;

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
        _output = Child("out_proj", new LinearLayer(width, width) { CountsAs = CostPart.Projection });
        _output.Bias.Start = Distribution.Constant(0);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor qkv = Step("in_proj", () => x.Linear(_inputWeight.Value, _inputBias.Value), CostPart.Projection);
        return _output.Call(Step("attention", () => qkv.Attention(_heads)));
    }
}
