using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Pooling;

/// <summary>The largest value of each window; a remainder at the end of an axis is dropped.</summary>
public sealed class MaxPool(Window window) : Module
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.MaxPool2d(window);
}
