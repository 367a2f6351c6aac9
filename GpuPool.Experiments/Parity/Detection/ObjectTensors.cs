using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>What pictures show, and what was found in them, in a recording.</summary>
internal static class ObjectTensors
{
    /// <summary>The objects of each picture, <c>gt.I</c> and <c>labels.I</c>.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="firstLabel">The number of the first class: torchvision has 0 for the background.</param>
    public static IReadOnlyList<IReadOnlyList<LabelledBox>> Objects(this Recording recording, int firstLabel = 0) =>
    [
        .. recording.Levels("gt").Zip(recording.Levels("labels"), (boxes, labels) => (IReadOnlyList<LabelledBox>)
            [.. recording.Boxes<float>(boxes).Zip(recording.Integers(labels), (box, label) => new LabelledBox(box, (int)label - firstLabel))]),
    ];

    /// <summary>Detections of each picture beside the recorded ones, <c>NAME.I</c> with a score in the fifth column: the same in the same order.</summary>
    public static IEnumerable<ReplayedTensor> CompareDetections(
        this Recording recording, string name, string labels, IReadOnlyList<IReadOnlyList<DetectedBox>> detections)
    {
        foreach ((IReadOnlyList<DetectedBox> found, (string boxes, string classes)) in detections.Zip(recording.Levels(name).Zip(recording.Levels(labels))))
        {
            yield return ReplayedTensor.Exact(classes, found.Select(item => item.Label), recording.Integers(classes));
            yield return BoxTensors.Of(boxes, found.Select(item => item.Box), recording.Boxes<float>(boxes));
            yield return new ReplayedTensor(boxes, [.. found.Select(item => (double)item.Score)], recording.Column(boxes, -1), 1e-6) { Measure = ErrorMeasure.Absolute };
        }
    }
}
