using GpuPool.Autograd;

namespace GpuPool.Models.Layers;

/// <summary>A map of any extents to one of fixed ones, by means: (N, H, W, C) to (N, height, width, C).</summary>
public sealed class AdaptiveAveragePoolLayer(int height, int width) : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.AdaptiveAveragePool2d(height, width);
}
