using System.Numerics;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Boxes of a replay beside the recorded ones.</summary>
internal static class BoxTensors
{
    /// <summary>Largest difference of an edge in float32, in pixels.</summary>
    public const double Pixels = 1e-4;

    /// <summary>Edges, none further off than 1e-4 pixels or another distance.</summary>
    public static ReplayedTensor Of<T>(string name, IEnumerable<Box<T>> actual, IEnumerable<Box<T>> expected, double tolerance = Pixels, ErrorMeasure measure = ErrorMeasure.Absolute)
        where T : unmanaged, IFloatingPointIeee754<T> => new(name, Values(actual), Values(expected), tolerance) { Measure = measure };

    private static double[] Values<T>(IEnumerable<Box<T>> boxes) where T : unmanaged, IFloatingPointIeee754<T> =>
        [.. boxes.SelectMany(box => new[] { box.X1, box.Y1, box.X2, box.Y2 }).Select(double.CreateChecked)];
}
