using GpuPool.Autograd;

namespace GpuPool.Models.Layers;

/// <summary>The mean of each channel over the map: (N, H, W, C) to (N, C).</summary>
public sealed class GlobalAveragePoolLayer : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.GlobalAveragePool();
}
