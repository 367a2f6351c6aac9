using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Non-maximum suppression, of all boxes and of each class alone.</summary>
internal static class SuppressionReplay
{
    /// <summary>That of mmdetection, mmcv and torchvision.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("nms", ReplayKind.Wide, Torchvision), new("batched_nms", ReplayKind.Wide, TorchvisionByClass),
        new("mmcv nms / batched_nms", ReplayKind.Narrow, Mmcv), new("multiclass_nms", ReplayKind.Narrow, Mmdetection),
    ];

    private static IEnumerable<ReplayedTensor> Torchvision(Device device, Recording recording, DType type)
    {
        double threshold = recording.Number<double>("iou_threshold");
        yield return ReplayedTensor.Exact("keep", NonMaximumSuppression.Keep(recording.Boxes<double>("boxes"), recording.Values("scores"), threshold), recording.Integers("keep"));
    }

    private static IEnumerable<ReplayedTensor> TorchvisionByClass(Device device, Recording recording, DType type)
    {
        int[] kept = NonMaximumSuppression.KeepByClass(
            recording.Boxes<double>("boxes"), recording.Values("scores"), Classes(recording, "classes"), recording.Number<double>("iou_threshold"));
        yield return ReplayedTensor.Exact("keep", kept, recording.Integers("keep"));
    }

    private static IEnumerable<ReplayedTensor> Mmcv(Device device, Recording recording, DType type)
    {
        (Box[] boxes, float[] scores, float threshold) = (recording.Boxes<float>("boxes"), Floats(recording.Values("scores")), recording.Number<float>("iou_threshold"));
        yield return ReplayedTensor.Exact("keep", NonMaximumSuppression.Keep(boxes, scores, threshold), recording.Integers("keep"));
        int[] kept = NonMaximumSuppression.KeepByClass(boxes, scores, Classes(recording, "classes"), threshold);
        yield return ReplayedTensor.Exact("batched_keep", kept, recording.Integers("batched_keep"));
        yield return BoxTensors.Of("batched_dets", kept.Select(index => boxes[index]), recording.Boxes<float>("batched_dets"), 0);
        yield return Scores("batched_dets", kept.Select(index => scores[index]), recording);
    }

    // Scores are compared with the threshold before the factors come in.
    private static IEnumerable<ReplayedTensor> Mmdetection(Device device, Recording recording, DType type)
    {
        (Box[] boxes, float[] scores) = (recording.Boxes<float>("boxes"), Floats(recording.Values("scores")));
        int rows = recording.ShapeOf("scores")[0], columns = recording.ShapeOf("scores")[1], classes = columns - 1;
        float[] factors = recording.Has("factors") ? Floats(recording.Values("factors")) : [.. Enumerable.Repeat(1f, rows)];
        float threshold = recording.Number<float>("score_threshold");
        (int Row, int Class)[] candidates =
            [.. Enumerable.Range(0, rows).SelectMany(_ => Enumerable.Range(0, classes), (row, label) => (row, label)).Where(pair => scores[pair.row * columns + pair.label] > threshold)];
        Box[] candidateBoxes = [.. candidates.Select(pair => boxes[boxes.Length == rows ? pair.Row : pair.Row * classes + pair.Class])];
        float[] candidateScores = [.. candidates.Select(pair => scores[pair.Row * columns + pair.Class] * factors[pair.Row])];
        int[] kept = NonMaximumSuppression.KeepByClass(
            candidateBoxes, candidateScores, [.. candidates.Select(pair => pair.Class)], recording.Number<float>("iou_threshold"), recording.Number<int>("max_num"));
        yield return ReplayedTensor.Exact("index", kept.Select(index => candidates[index].Row * classes + candidates[index].Class), recording.Integers("index"));
        yield return ReplayedTensor.Exact("labels", kept.Select(index => candidates[index].Class), recording.Integers("labels"));
        yield return BoxTensors.Of("dets", kept.Select(index => candidateBoxes[index]), recording.Boxes<float>("dets"), 0);
        yield return Scores("dets", kept.Select(index => candidateScores[index]), recording);
    }

    private static ReplayedTensor Scores(string name, IEnumerable<float> actual, Recording recording) =>
        new(name, [.. actual.Select(score => (double)score)], recording.Column(name, -1), 0) { Measure = ErrorMeasure.Absolute };

    private static int[] Classes(Recording recording, string name) => Array.ConvertAll(recording.Integers(name), label => (int)label);

    private static float[] Floats(double[] values) => Array.ConvertAll(values, value => (float)value);
}
