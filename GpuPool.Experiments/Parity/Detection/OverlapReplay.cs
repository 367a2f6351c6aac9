using System.Numerics;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Overlaps of all pairs of two lists of boxes.</summary>
internal static class OverlapReplay
{
    private const double Float32Tolerance = 1e-6, Float64Tolerance = 1e-12;

    /// <summary>That of mmdetection with a least union, and that of torchvision without.</summary>
    public static IReadOnlyList<ReplayKind> Kinds => [new("BboxOverlaps2D", ReplayKind.Narrow, Mmdetection), new("box_iou", ReplayKind.Wide, Torchvision)];

    private static IEnumerable<ReplayedTensor> Mmdetection(Device device, Recording recording, DType type)
    {
        (Box[] a, Box[] b, float epsilon) = (recording.Boxes<float>("a"), recording.Boxes<float>("b"), recording.Number<float>("eps"));
        yield return Pairs(recording, "iou", a, b, (first, second) => Overlap.OverUnion(first, second, epsilon), Float32Tolerance);
        yield return Pairs(recording, "iof", a, b, (first, second) => Overlap.OverFirst(first, second, epsilon), Float32Tolerance);
    }

    private static IEnumerable<ReplayedTensor> Torchvision(Device device, Recording recording, DType type)
    {
        (Box<double>[] a, Box<double>[] b) = (recording.Boxes<double>("a"), recording.Boxes<double>("b"));
        yield return Pairs(recording, "iou", a, b, (first, second) => Overlap.OverUnion(first, second), Float64Tolerance);
        // The first boxes of the second list have no area, for which the generalised overlap is not defined.
        yield return Pairs(recording, "giou", a, b[(b.Length - recording.ShapeOf("giou")[1])..], Overlap.Generalised, Float64Tolerance);
        yield return new ReplayedTensor("area", [.. a.Select(box => box.Area)], recording.Values("area"), Float64Tolerance) { Measure = ErrorMeasure.Elements };
    }

    private static ReplayedTensor Pairs<T>(Recording recording, string name, Box<T>[] a, Box<T>[] b, Func<Box<T>, Box<T>, T> overlap, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        new(name, [.. a.SelectMany(_ => b, overlap).Select(double.CreateChecked)], recording.Values(name), tolerance) { Measure = ErrorMeasure.Absolute };
}
