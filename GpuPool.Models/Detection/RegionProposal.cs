using GpuPool.Autograd;

namespace GpuPool.Models.Detection;

/// <summary>A place of a picture that may show an object.</summary>
/// <param name="Box">Where, in pixels of the network's input.</param>
/// <param name="Score">How likely it shows one, in (0, 1).</param>
public readonly record struct RegionProposal(Box Box, float Score);

/// <summary>What a <see cref="RegionProposalHead"/> predicts on a map.</summary>
/// <param name="Objectness">Logits (N, H, W, A) that an anchor shows an object.</param>
/// <param name="Deltas">Differences (N, H, W, 4 A) of the box from the anchor.</param>
public sealed record RegionPrediction(Tensor Objectness, Tensor Deltas);

/// <summary>Losses of region proposals for each level.</summary>
/// <param name="Objectness">Binary cross-entropy of the sampled anchors.</param>
/// <param name="Box">Absolute differences of the deltas of those that show an object.</param>
public sealed record RegionProposalLoss(IReadOnlyList<Tensor> Objectness, IReadOnlyList<Tensor> Box);
