using GpuPool.Autograd;

namespace GpuPool.Models.Layers;

/// <summary>x where it is positive, else x times a leak.</summary>
public sealed class LeakyReluLayer(double leak = 0.1) : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.LeakyRelu(leak);
}
