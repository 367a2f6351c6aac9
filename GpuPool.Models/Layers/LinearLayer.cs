using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>Product of the last axis with a weight, plus a bias.</summary>
public sealed class LinearLayer : Module
{
    /// <summary>A linear layer; weight and bias start uniform within 1 / sqrt(inputs), as in PyTorch.</summary>
    public LinearLayer(int inputs, int outputs)
    {
        var start = Distribution.Uniform(1 / Math.Sqrt(inputs));
        Weight = State("weight", ModuleState.Parameter(new Shape(inputs, outputs), start, TensorLayout.Linear));
        Bias = State("bias", ModuleState.Parameter(new Shape(outputs), start));
    }

    /// <summary>(in, out)</summary>
    public ModuleState Weight { get; }

    /// <summary>(out)</summary>
    public ModuleState Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Linear(Weight.Value, Bias.Value);
}
