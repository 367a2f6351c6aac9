using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Models.Layers;

/// <summary>The mean of each channel over the map: (N, H, W, C) to (N, C).</summary>
public sealed class GlobalAveragePoolLayer : Module
{
    /// <inheritdoc/>
    public override Map Measure(Map x, CostBook book) => book.Enter(this, CostPart.None, 0, new Shape(x.Shape[0], x.Shape[3]), x);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.GlobalAveragePool();
}
