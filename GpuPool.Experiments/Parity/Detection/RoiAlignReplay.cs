using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Boxes cut out of maps, and the gradient of the maps.</summary>
internal static class RoiAlignReplay
{
    private const double Float64Tolerance = 1e-11, Float32Tolerance = 1e-4;

    /// <summary>Of mmcv, whose boxes are aligned, and of torchvision.</summary>
    public static IReadOnlyList<ReplayKind> Kinds => [new("mmcv roi_align aligned avg", ReplayKind.Both, Replay), new("roi_align", ReplayKind.Both, Replay)];

    private static IEnumerable<ReplayedTensor> Replay(Device device, Recording recording, DType type)
    {
        int[] size = recording.Json<int[]>("output_size");
        double tolerance = type == DType.Float64 ? Float64Tolerance : Float32Tolerance;
        var op = new RoiAlign(
            size[0], size[1], recording.Number<double>("spatial_scale"), recording.Text("aligned") != "false", Math.Max(0, recording.Number<int>("sampling_ratio")));
        Tensor x = recording.Map(device, "input", type), y = x.RoiAlign(Tensor.Leaf(recording.Plain(device, "rois", type).Value), op);
        y.Backward(recording.Map(device, "grad_output", type).Value);
        return [new("output", TensorLayout.Map.ToPyTorch(y.Shape, y.Value.ToDoubles()), recording.Values("output"), tolerance), recording.GradientOf(x, "input", tolerance)];
    }
}
