using System.Text.Json;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>What recordings of whole detectors have in common: maps, gradients, running statistics.</summary>
/// <remarks>
/// In float32 a few units of late maps, whose values are zero up to rounding, pass a gradient or not by their sign, and the coarsest maps are normalised over a few values.
/// A wrong formula moves gradients by all of their size.
/// </remarks>
internal static class WholeDetector
{
    // Targets are float32 in both.
    private const double Float64Tolerance = 1e-7, TargetTolerance = 2e-6, Float32Tolerance = 1e-3, Float32GradientTolerance = 5e-2;

    private const int Repetitions = 4;

    // Beside the largest gradient, smaller ones are zero but for rounding: that of a bias before a batch norm.
    private const double Vanishing64 = 1e-6, Vanishing32 = 1e-3;

    /// <summary>Largest error of maps.</summary>
    public static double Tolerance(DType type) => type == DType.Float64 ? Float64Tolerance : Float32Tolerance;

    /// <summary>Largest error of losses.</summary>
    public static double LossTolerance(DType type) => type == DType.Float64 ? TargetTolerance : Float32Tolerance;

    /// <summary>A replay with the detector of a recording, in float32 with the tolerance that its tensors have by rounding.</summary>
    /// <param name="framework">Its name in recordings.</param>
    /// <param name="word">Its word in labels.</param>
    /// <param name="replay">Replays with the detector, whose weights are loaded.</param>
    public static ReplayKind Kind<T>(string framework, string word, Func<Device, Recording, DType, T, IReadOnlyList<ReplayedTensor>> replay) where T : Detector => new(
        framework, ReplayKind.Both, (device, recording, type) =>
        {
            return type == DType.Float64 ? Run(null) : RoundingTolerance.Of(Run, Repetitions);

            IReadOnlyList<ReplayedTensor> Run(Random? rounding)
            {
                using ArrayScope scope = device.OpenScope();
                using var detector = (T)recording.CreateDetector(device, word, type);
                if (rounding is not null)
                    RoundingTolerance.Change(detector, rounding);
                return replay(device, recording, type, detector);
            }
        });

    /// <summary>Norms and corners of the maps that the head reads.</summary>
    public static IEnumerable<ReplayedTensor> CompareFeatures(this Recording recording, string mode, IReadOnlyList<Tensor> levels, Func<int, double> tolerance)
    {
        string[] norms = recording.Levels($"{mode}.feature_norm"), corners = recording.Levels($"{mode}.feature_corner");
        for (int level = 0; level < norms.Length; level++)
        {
            Tensor map = levels[level];
            yield return new ReplayedTensor(norms[level], [ReplayedTensor.Norm(map.Value.ToDoubles())], recording.Values(norms[level]), tolerance(level));
            Shape corner = recording.ShapeOf(corners[level]);
            using IDisposable off = GradientMode.Off();
            Tensor part = map.Slice(1, 0, corner[2]).Slice(2, 0, corner[3]).Slice(3, 0, corner[1]);
            yield return new ReplayedTensor(
                corners[level], TensorLayout.Map.ToPyTorch(part.Shape, part.Value.ToDoubles()), recording.Values(corners[level]), tolerance(level));
        }
    }

    /// <summary>The norm and the first elements of the gradient of each weight.</summary>
    public static IEnumerable<ReplayedTensor> CompareGradients(this Recording recording, Detector detector, DType type)
    {
        var states = detector.States.ToDictionary(entry => entry.Name, entry => entry.State);
        string[] names = recording.Json<string[]>("grad_names");
        double[] norms = recording.Values("grad.norms"), first = recording.Values("grad.first8");
        int count = recording.ShapeOf("grad.first8")[1];
        (double tolerance, double vanishing) = type == DType.Float64 ? (TargetTolerance, Vanishing64) : (Float32GradientTolerance, Vanishing32);
        double least = vanishing * norms.Max();
        for (int place = 0; place < names.Length; place++)
        {
            ModuleState state = states[names[place]];
            double[] gradient = state.Layout.ToPyTorch(state.Shape, state.Value.Gradient!.ToDoubles());
            double scale = Math.Max(norms[place], least);
            int shown = Math.Min(count, gradient.Length);
            yield return new ReplayedTensor($"norm of {Recording.Gradient}{names[place]}", [ReplayedTensor.Norm(gradient)], [norms[place]], tolerance, double.PositiveInfinity, scale);
            yield return new ReplayedTensor(
                $"{Recording.Gradient}{names[place]}", gradient[..shown], first[(place * count)..(place * count + shown)], tolerance, double.PositiveInfinity, scale);
        }
    }

    /// <summary>Norms of the running means after one step, in the order of the batch norms.</summary>
    public static ReplayedTensor CompareRunningMeans(this Recording recording, Detector detector, DType type)
    {
        Dictionary<string, DeviceArray> buffers = detector.Buffers.ToDictionary(entry => entry.Name, entry => entry.Buffer);
        IEnumerable<string> names = recording.Json<JsonElement[][]>("weights").Select(tensor => tensor[0].GetString()!)
            .Where(name => name.EndsWith(".weight", StringComparison.Ordinal)).Select(name => name[..^"weight".Length] + "running_mean").Where(buffers.ContainsKey);
        return new ReplayedTensor(
            "after.running_mean_norms", [.. names.Select(name => ReplayedTensor.Norm(buffers[name].ToDoubles()))], recording.Values("after.running_mean_norms"), Tolerance(type));
    }

    private static Detector CreateDetector(this Recording recording, Device device, string word, DType type)
    {
        Detector detector = DetectorArchitecture.Parse($"{word}-{recording.Required("architecture")}")
            .Create(device, new NetworkOptions(recording.Number<int>("classes"), DType: type));
        recording.LoadRuled(detector);
        return detector;
    }
}
