using System.Numerics;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Boxes encoded by their anchors, and decoded.</summary>
internal static class CoderReplay
{
    private const double Float32Tolerance = 1e-5, Float64Tolerance = 1e-12;

    /// <summary>Deltas of mmdetection and torchvision, and shares of cells.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("DeltaXYWHBBoxCoder", ReplayKind.Narrow, Mmdetection), new("torchvision BoxCoder", ReplayKind.Wide, Torchvision), new("YOLOBBoxCoder", ReplayKind.Narrow, Yolo),
    ];

    private static IEnumerable<ReplayedTensor> Mmdetection(Device device, Recording recording, DType type)
    {
        (Box[] anchors, Box[] boxes) = (recording.Boxes<float>("anchors"), recording.Boxes<float>("gt"));
        DeltaCoder coder = Coder(recording.Json<double[]>("stds"));
        float[] limits = recording.Json<float[]>("max_shape");
        yield return Deltas("encoded", anchors.Zip(boxes, coder.Encode), recording, Float32Tolerance);
        yield return Boxes("decoded", anchors.Zip(Deltas<float>(recording, "deltas"), coder.Decode), recording, Float32Tolerance);
        yield return Boxes("decoded_clipped", anchors.Zip(Deltas<float>(recording, "deltas"), (anchor, deltas) => Clipped(anchor, deltas)), recording, Float32Tolerance);
        BoxDeltas<float>[] several = [.. Deltas<float>(recording, "deltas3")];
        int each = several.Length / anchors.Length;
        yield return Boxes("decoded3_clipped", several.Select((deltas, place) => Clipped(anchors[place / each], deltas)), recording, Float32Tolerance);

        Box Clipped(Box anchor, BoxDeltas<float> deltas) => coder.Decode(anchor, deltas).ClippedTo(limits[1], limits[0]);
    }

    private static IEnumerable<ReplayedTensor> Torchvision(Device device, Recording recording, DType type)
    {
        (Box<double>[] anchors, Box<double>[] boxes) = (recording.Boxes<double>("proposals"), recording.Boxes<double>("targets"));
        DeltaCoder coder = Coder([.. recording.Json<double[]>("weights").Select(weight => 1 / weight)]) with { LimitsShrinking = false };
        yield return Deltas("encoded", anchors.Zip(boxes, coder.Encode), recording, Float64Tolerance);
        yield return Boxes("decoded", anchors.Zip(Deltas<double>(recording, "codes"), coder.Decode), recording, Float64Tolerance);
    }

    private static IEnumerable<ReplayedTensor> Yolo(Device device, Recording recording, DType type)
    {
        (Box[] anchors, Box[] boxes) = (recording.Boxes<float>("anchors"), recording.Boxes<float>("gt"));
        float[] strides = Array.ConvertAll(recording.Values("stride"), value => (float)value);
        BoxDeltas<float>[] predictions = [.. Deltas<float>(recording, "pred")];
        yield return Deltas("encoded", anchors.Select((anchor, place) => YoloCoder.Encode(anchor, boxes[place], strides[place])), recording, Float32Tolerance);
        yield return Boxes("decoded", anchors.Select((anchor, place) => YoloCoder.Decode(anchor, predictions[place], strides[place])), recording, Float32Tolerance);
    }

    private static DeltaCoder Coder(double[] deviations) => deviations is [double x, double y, double width, double height] && x == y && width == height
        ? new DeltaCoder(x, width)
        : throw new NotSupportedException("deltas have a deviation for centres and one for extents");

    private static IEnumerable<BoxDeltas<T>> Deltas<T>(Recording recording, string name) where T : unmanaged, IFloatingPointIeee754<T> =>
        recording.Boxes<T>(name).Select(box => new BoxDeltas<T>(box.X1, box.Y1, box.X2, box.Y2));

    private static ReplayedTensor Deltas<T>(string name, IEnumerable<BoxDeltas<T>> actual, Recording recording, double tolerance) where T : unmanaged, IFloatingPointIeee754<T> =>
        Boxes(name, actual.Select(deltas => new Box<T>(deltas.X, deltas.Y, deltas.Width, deltas.Height)), recording, tolerance);

    private static ReplayedTensor Boxes<T>(string name, IEnumerable<Box<T>> actual, Recording recording, double tolerance) where T : unmanaged, IFloatingPointIeee754<T> =>
        BoxTensors.Of(name, actual, recording.Boxes<T>(name), tolerance, ErrorMeasure.Elements);
}
