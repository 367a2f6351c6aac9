using GpuPool.Kernels;

namespace GpuPool.Models;

/// <summary>What a network is beside its architecture.</summary>
/// <param name="Classes">Number of logits.</param>
/// <param name="Width">Factor of the numbers of channels; 0.35 in the paper's small MobileNetV2. ResNet18 has 1 only.</param>
/// <param name="Seed">Chooses the start values of the weights.</param>
/// <param name="DType">Element type of weights and activations.</param>
/// <param name="Channels">Channels left by pruning in each map of the first stage, in the order of <see cref="Pruning.FirstStage.Groups"/>; null for all.</param>
public sealed record NetworkOptions(
    int Classes = 10, double Width = 1, ulong Seed = 0, DType DType = DType.Float32, IReadOnlyList<int>? Channels = null);
