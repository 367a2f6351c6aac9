using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>Normalisation of each channel of each image, with gamma and beta a channel; no running statistics, epsilon 1e-5.</summary>
public sealed class InstanceNormLayer : Module
{
    private readonly ModuleState _gamma, _beta;

    /// <summary>An instance norm that starts with gamma 1 and beta 0.</summary>
    public InstanceNormLayer(int channels)
    {
        _gamma = State("weight", ModuleState.Parameter(new Shape(channels), Distribution.Constant(1)));
        _beta = State("bias", ModuleState.Parameter(new Shape(channels), Distribution.Constant(0)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.InstanceNorm(_gamma.Value, _beta.Value);
}
