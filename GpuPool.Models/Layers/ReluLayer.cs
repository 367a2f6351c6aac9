using GpuPool.Autograd;

namespace GpuPool.Models.Layers;

/// <summary>max(x, 0), where no batch norm stands in front of it.</summary>
public sealed class ReluLayer : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.Relu();
}
