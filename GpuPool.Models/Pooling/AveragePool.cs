using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Pooling;

/// <summary>The mean of each window; a remainder at the end of an axis is dropped.</summary>
public sealed class AveragePool(Window window) : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.AveragePool2d(window);
}
