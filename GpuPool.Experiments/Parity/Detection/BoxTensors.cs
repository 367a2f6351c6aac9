using System.Numerics;
using GpuPool.Kernels.Boxes;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Boxes of a replay beside the recorded ones.</summary>
internal static class BoxTensors
{
    /// <summary>Largest difference of an edge in float32, in pixels.</summary>
    public const double Pixels = 1e-4;

    /// <summary>Edges, none further off than 1e-4 pixels or another distance.</summary>
    public static ReplayedTensor Of<T>(string name, IEnumerable<Box<T>> actual, IEnumerable<Box<T>> expected, double tolerance = Pixels, ErrorMeasure measure = ErrorMeasure.Absolute)
        where T : unmanaged, IFloatingPointIeee754<T> => new(name, Values(actual), Values(expected), tolerance) { Measure = measure };

    /// <summary>Boxes, scores and classes of what was found in a picture, recorded as <c>dets</c> and <c>labels</c>.</summary>
    public static IEnumerable<ReplayedTensor> Detections(Recording recording, IReadOnlyList<DetectedBox> found, int picture)
    {
        string name = $"dets.{picture}", labels = $"labels.{picture}";
        return
        [
            Of(name, found.Select(box => box.Box), recording.Boxes<float>(name)),
            ReplayedTensor.Numbers($"{name}, scores", found.Select(box => (double)box.Score), recording.Column(name, -1), Pixels),
            ReplayedTensor.Exact(labels, found.Select(box => box.Label), recording.Integers(labels)),
        ];
    }

    private static double[] Values<T>(IEnumerable<Box<T>> boxes) where T : unmanaged, IFloatingPointIeee754<T> =>
        [.. boxes.SelectMany(box => new[] { box.X1, box.Y1, box.X2, box.Y2 }).Select(double.CreateChecked)];
}
