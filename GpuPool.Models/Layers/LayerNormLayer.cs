using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>Normalisation of each row, with gamma and beta a feature; epsilon 1e-5.</summary>
public sealed class LayerNormLayer : Module
{
    private readonly ModuleState _gamma, _beta;

    /// <summary>A layer norm that starts with gamma 1 and beta 0.</summary>
    public LayerNormLayer(int width)
    {
        _gamma = State("weight", ModuleState.Parameter(new Shape(width), Distribution.Constant(1)));
        _beta = State("bias", ModuleState.Parameter(new Shape(width), Distribution.Constant(0)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.LayerNorm(_gamma.Value, _beta.Value);
}
