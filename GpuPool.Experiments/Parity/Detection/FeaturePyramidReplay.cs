using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>A feature pyramid: its levels, and the gradients of maps and weights.</summary>
internal static class FeaturePyramidReplay
{
    private const double Float64Tolerance = 1e-11, Float32Tolerance = 1e-4;

    /// <summary>Of mmdetection and torchvision, which differ in names.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("FPN", ReplayKind.Both, (device, recording, type) => Replay(device, recording, type, name => name)),
        new("torchvision FeaturePyramidNetwork + LastLevelMaxPool", ReplayKind.Both, (device, recording, type) => Replay(device, recording, type, Torchvision)),
    ];

    private static IEnumerable<ReplayedTensor> Replay(Device device, Recording recording, DType type, Func<string, string> recorded)
    {
        double tolerance = type == DType.Float64 ? Float64Tolerance : Float32Tolerance;
        using var pyramid = new FeaturePyramid(recording.Json<int[]>("in_channels"), recording.Number<int>("out_channels"));
        pyramid.Allocate(device, type);
        recording.LoadState(pyramid, recorded);
        Tensor[] maps = recording.Maps(device, "input", type);
        IReadOnlyList<Tensor> levels = pyramid.Call(maps);
        // A scalar whose gradient is what arrives at each level.
        recording.Maps(device, "grad_output", type).Zip(levels, (gradient, level) => level.Multiply(Tensor.Leaf(gradient.Value)).Sum()).Aggregate((sum, part) => sum.Add(part)).Backward();
        return
        [
            .. recording.CompareMaps("output", levels, tolerance), .. recording.CompareGradients("input", maps, tolerance),
            .. recording.Gradients(pyramid, tolerance, recorded: recorded),
        ];
    }

    private static string Torchvision(string name) =>
        name.Replace("lateral_convs", "inner_blocks", StringComparison.Ordinal).Replace("fpn_convs", "layer_blocks", StringComparison.Ordinal).Replace(".conv.", ".0.", StringComparison.Ordinal);
}
