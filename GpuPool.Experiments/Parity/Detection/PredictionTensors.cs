using System.Globalization;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Maps of several levels in a recording, <c>NAME.0</c>, <c>NAME.1</c>...</summary>
internal static class PredictionTensors
{
    /// <summary>Their names.</summary>
    public static string[] Levels(this Recording recording, string name) =>
        [.. Enumerable.Range(0, int.MaxValue).Select(level => string.Create(CultureInfo.InvariantCulture, $"{name}.{level}")).TakeWhile(recording.Has)];

    /// <summary>The maps in our layout.</summary>
    public static Tensor[] Maps(this Recording recording, Device device, string name, DType type) => [.. recording.Levels(name).Select(level => recording.Map(device, level, type))];

    /// <summary>Our maps beside the recorded ones.</summary>
    public static IEnumerable<ReplayedTensor> CompareMaps(this Recording recording, string name, IEnumerable<Tensor> maps, double tolerance) =>
        recording.CompareMaps(name, maps, _ => tolerance);

    /// <summary>Our maps beside the recorded ones, with a tolerance for each level.</summary>
    public static IEnumerable<ReplayedTensor> CompareMaps(this Recording recording, string name, IEnumerable<Tensor> maps, Func<int, double> tolerance) =>
        recording.Levels(name).Zip(maps).Select((pair, level) => Map(recording, pair.First, pair.Second.Shape, pair.Second.Value.ToDoubles(), tolerance(level)));

    /// <summary>The gradients of our maps beside the recorded ones; one that nothing reads has a gradient of zeros.</summary>
    public static IEnumerable<ReplayedTensor> CompareGradients(this Recording recording, string name, IEnumerable<Tensor> maps, double tolerance) =>
        recording.Levels($"{Recording.Gradient}{name}").Zip(maps, (level, map) => Map(recording, level, map.Shape, map.Gradient?.ToDoubles() ?? new double[map.Shape.Count], tolerance));

    /// <summary>A single value or a few.</summary>
    public static ReplayedTensor Compare(this Recording recording, string name, Tensor actual, double tolerance) =>
        new(name, actual.Value.ToDoubles(), recording.Values(name), tolerance);

    private static ReplayedTensor Map(Recording recording, string name, Shape shape, double[] ours, double tolerance) =>
        new(name, TensorLayout.Map.ToPyTorch(shape, ours), recording.Values(name), tolerance);
}
