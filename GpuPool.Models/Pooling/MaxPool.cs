using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Costs;
using GpuPool.Models.Pruning;

namespace GpuPool.Models.Pooling;

/// <summary>The largest value of each window of side and step <paramref name="stride"/>; a remainder at the end of an axis is dropped.</summary>
public sealed class MaxPool(int stride) : Module
{
    private readonly Window _window = new(stride, stride);

    /// <inheritdoc/>
    public override Map Measure(Map x, CostBook book) => book.Enter(this, CostPart.None, 0, _window.Output(nameof(MaxPool), x.Shape, x.Shape.Channels), x);

    /// <inheritdoc/>
    public override ChannelGroup Follow(ChannelGroup x) => x;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.MaxPool2d(_window);
}
