using GpuPool.Experiments.Parity.Detection;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Parity;

/// <summary>A kind of recording, named by the <c>op</c> of its metadata, or by the <c>framework</c> of a whole detector.</summary>
/// <param name="Op">The name.</param>
/// <param name="Types">The element types that it is replayed in; of two the first is float64.</param>
/// <param name="Replay">Replays a recording in an element type.</param>
internal sealed record ReplayKind(string Op, IReadOnlyList<DType> Types, Func<Device, Recording, DType, IEnumerable<ReplayedTensor>> Replay)
{
    /// <summary>For what is recorded in float32, and for discrete choices in it.</summary>
    public static IReadOnlyList<DType> Narrow { get; } = [DType.Float32];

    /// <summary>For what is recorded in float64, and for discrete choices in it.</summary>
    public static IReadOnlyList<DType> Wide { get; } = [DType.Float64];

    /// <summary>For ops that are recorded in float64.</summary>
    public static IReadOnlyList<DType> Both { get; } = [DType.Float64, DType.Float32];

    /// <summary>The known ones; each stands in the file of its kind.</summary>
    public static IReadOnlyList<ReplayKind> All =>
    [
        .. OverlapReplay.Kinds, .. SuppressionReplay.Kinds, .. CoderReplay.Kinds, .. AnchorReplay.Kinds, .. MatchingReplay.Kinds,
        .. PictureReplay.Kinds, .. ScheduleReplay.Kinds,
        .. SsdReplay.Kinds, .. SsdNetworkReplay.Kinds,
        .. RoiAlignReplay.Kinds, .. LossReplay.Kinds, .. FeaturePyramidReplay.Kinds, .. RegionProposalReplay.Kinds, .. RoiHeadReplay.Kinds,
        .. TorchvisionProposalReplay.Kinds, .. TorchvisionRoiReplay.Kinds,
        .. FasterRcnnNetworkReplay.Kinds,
        .. YoloReplay.Kinds,
    ];

    /// <summary>Whether it is the kind of an op; what follows a comma says more of it.</summary>
    public bool Replays(string op) => op == Op || op.StartsWith(Op + ',', StringComparison.Ordinal);

    /// <summary>The worst tensor in each element type.</summary>
    public IReadOnlyList<ReplayedTensor> Run(Device device, Recording recording) => [.. Types.Select(type =>
    {
        using ArrayScope scope = device.OpenScope();
        return ReplayedTensor.Worst(Replay(device, recording, type));
    })];
}
