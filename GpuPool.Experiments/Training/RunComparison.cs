using System.Numerics.Tensors;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Training;

/// <summary>Two runs side by side.</summary>
/// <param name="Configuration">Where they were started with different values.</param>
/// <param name="Epochs">Their epochs; null behind the last one of either.</param>
/// <param name="Weights">How far their tensors are apart.</param>
/// <param name="OnlyFirst">Tensors that the second has not, or has in another shape.</param>
/// <param name="OnlySecond">Tensors that the first has not, or has in another shape.</param>
internal sealed record RunComparison(
    IReadOnlyList<(string Name, string First, string Second)> Configuration,
    IReadOnlyList<(EpochRecord? First, EpochRecord? Second)> Epochs,
    IReadOnlyList<TensorDistance> Weights,
    IReadOnlyList<string> OnlyFirst,
    IReadOnlyList<string> OnlySecond)
{
    /// <summary>Compares two runs.</summary>
    /// <param name="first">One run, and the file of its weights.</param>
    /// <param name="second">The other.</param>
    public static RunComparison Of((RunFolder Folder, SafetensorsFile Weights) first, (RunFolder Folder, SafetensorsFile Weights) second)
    {
        IReadOnlyList<EpochRecord> ours = first.Folder.ReadLog(), theirs = second.Folder.ReadLog();
        string[] shared = [.. Floating(first.Weights).Where(name => second.Weights.Entries.TryGetValue(name, out SafetensorsEntry? entry) && entry.Shape == first.Weights.Entries[name].Shape)];
        return new RunComparison(
            first.Folder.Config.Differences(second.Folder.Config),
            [.. Enumerable.Range(0, Math.Max(ours.Count, theirs.Count)).Select(epoch => (ours.ElementAtOrDefault(epoch), theirs.ElementAtOrDefault(epoch)))],
            [.. shared.Select(name => TensorDistance.Of(name, first.Weights.Floats(name), second.Weights.Floats(name)))],
            [.. Floating(first.Weights).Except(shared)],
            [.. Floating(second.Weights).Except(shared)]);
    }

    private static IEnumerable<string> Floating(SafetensorsFile file) => file.Entries.Where(entry => entry.Value.Type != SafetensorsType.Int64).Select(entry => entry.Key);
}

/// <summary>How far two tensors of one shape are apart.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Relative">2-norm of the difference over the larger of the two 2-norms; 0 where both are 0.</param>
/// <param name="Cosine">Of the angle between them; 0 where one is 0.</param>
internal readonly record struct TensorDistance(string Name, double Relative, double Cosine)
{
    /// <summary>Measures two tensors.</summary>
    public static TensorDistance Of(string name, float[] first, float[] second)
    {
        double[] a = Array.ConvertAll(first, value => (double)value), b = Array.ConvertAll(second, value => (double)value);
        double norm = TensorPrimitives.Norm<double>(a), other = TensorPrimitives.Norm<double>(b), larger = Math.Max(norm, other);
        return new(
            name,
            larger == 0 ? 0 : TensorPrimitives.Distance<double>(a, b) / larger,
            norm == 0 || other == 0 ? 0 : TensorPrimitives.Dot<double>(a, b) / (norm * other));
    }
}
