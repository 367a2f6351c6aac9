using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Pooling;

/// <summary>The mean of each window of side and step <paramref name="stride"/>; a remainder at the end of an axis is dropped.</summary>
public sealed class AveragePool(int stride) : Module
{
    private readonly Window _window = new(stride, stride);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.AveragePool2d(_window);
}
