using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Models.Layers;

/// <summary>Product of the last axis with a weight, plus a bias.</summary>
public sealed class LinearLayer : Module
{
    private readonly CostPart _part;

    /// <summary>A linear layer; weight and bias start uniform within 1 / sqrt(inputs), as in PyTorch.</summary>
    public LinearLayer(int inputs, int outputs, CostPart part = CostPart.Linear)
    {
        _part = part;
        var start = Distribution.Uniform(1 / Math.Sqrt(inputs));
        Weight = State("weight", ModuleState.Parameter(new Shape(inputs, outputs), start, TensorLayout.Linear));
        Bias = State("bias", ModuleState.Parameter(new Shape(outputs), start));
    }

    /// <summary>(in, out)</summary>
    public ModuleState Weight { get; }

    /// <summary>(out)</summary>
    public ModuleState Bias { get; }

    /// <inheritdoc/>
    public override Map Measure(Map x, CostBook book)
    {
        Shape y = x.Shape.WithChannels(Weight.Shape.Channels);
        return book.Enter(this, _part, (long)y.Rows * Weight.Shape.Count, y, x);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Linear(Weight.Value, Bias.Value);
}
