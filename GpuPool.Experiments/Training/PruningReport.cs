namespace GpuPool.Experiments.Training;

/// <summary>What pruning brought.</summary>
/// <param name="Architecture">Label of the network.</param>
/// <param name="Before">The whole network.</param>
/// <param name="After">The network without its masked channels.</param>
/// <param name="Difference">Largest difference between the logits of the masked and of the smaller network, relative to the largest logit; null where not compared.</param>
/// <param name="Compact">File of the smaller network; null where not written.</param>
internal sealed record PruningReport(string Architecture, PruningState Before, PruningState After, double? Difference, string? Compact);

/// <summary>A network before or after pruning, for one image in float32, by analysis.</summary>
/// <param name="Channels">Channels of each map of the first stage that pruning can remove.</param>
/// <param name="Parameters">Trained numbers.</param>
/// <param name="MultiplyAdds">Of one image.</param>
/// <param name="ActivationBytes">Outputs of all layers.</param>
/// <param name="PeakBytes">Input and output of the largest layer.</param>
/// <param name="Accuracy">Best test accuracy of the run, of its epochs with masks after pruning.</param>
internal sealed record PruningState(
    IReadOnlyList<int> Channels, long Parameters, long MultiplyAdds, long ActivationBytes, long PeakBytes, double Accuracy);
