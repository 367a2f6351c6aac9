using GpuPool.Autograd;

namespace GpuPool.Models.Detection;

/// <summary>What a <see cref="RoiHead"/> predicts for each region.</summary>
/// <param name="Logits">Of the classes and, last, of the background: (R, K + 1).</param>
/// <param name="Deltas">Differences of the box from the region for each class: (R, 4 K).</param>
public sealed record RoiPrediction(Tensor Logits, Tensor Deltas);

/// <summary>Losses of the sampled regions.</summary>
/// <param name="Class">Cross-entropy.</param>
/// <param name="Box">Absolute differences of the deltas of those that show an object.</param>
public sealed record RoiLoss(Tensor Class, Tensor Box);
