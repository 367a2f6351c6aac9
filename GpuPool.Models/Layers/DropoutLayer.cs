using GpuPool.Autograd;

namespace GpuPool.Models.Layers;

/// <summary>Sets each element to 0 with a probability in training, and scales the others up; see <see cref="Kernels.Ops.Dropout"/>.</summary>
public sealed class DropoutLayer(double probability) : StochasticModule
{
    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Training ? x.Dropout(probability, Seed, Stream, TakeStep()) : x;
}
