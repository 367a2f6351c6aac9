namespace GpuPool.Experiments.Metrics;

/// <summary>An object that a detector says a picture shows.</summary>
/// <param name="Image">The picture, from 0.</param>
/// <param name="Category">What it is said to be, from 0.</param>
/// <param name="Box">Where.</param>
/// <param name="Score">How sure the detector is; only the order of scores counts.</param>
public readonly record struct DetectionBox(int Image, int Category, Rectangle Box, double Score)
{
    /// <summary>
    /// The highest score first, NaN last; of equal scores that of the earlier picture, then that which comes first. This is the order of a stable sort within each picture, too.
    /// </summary>
    internal static DetectionBox[] ByScore(IEnumerable<DetectionBox> detections) =>
        [.. detections.OrderByDescending(detection => detection.Score).ThenBy(detection => detection.Image)];
}
