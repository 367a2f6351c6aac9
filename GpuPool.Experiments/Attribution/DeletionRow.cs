using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Attribution;

namespace GpuPool.Experiments.Attribution;

/// <summary>
/// Whether a map is right (Petsiuk, Das, Saenko: RISE, BMVC 2018): the score of the predicted class while the pixels that the map shows most are greyed out first, or
/// brought in first on a grey ground. A good map makes the one fall and the other rise fast; the control is a smooth random map. The properties are the columns.
/// </summary>
internal sealed record DeletionRow
{
    /// <summary>Steps from the whole picture to none of it.</summary>
    public const int Steps = 10;

    // Cells of a side of a random map, which is enlarged as the map of a layer is.
    private const int RandomCells = 8;

    private const ulong RandomSeed = 0xDE1E7E;

    public required string Method { get; init; }
    public required string Architecture { get; init; }

    /// <summary><c>gradcam</c> or <c>random</c>.</summary>
    public required string Map { get; init; }

    /// <summary><c>deletion</c> or <c>insertion</c>.</summary>
    public required string Curve { get; init; }

    /// <summary>Share of the pixels that are deleted, or inserted.</summary>
    public required double Share { get; init; }

    /// <summary>Mean score over the pictures.</summary>
    public required double Score { get; init; }

    /// <summary>Area under the whole curve, by trapezia.</summary>
    public required double Area { get; init; }
    public required int Pictures { get; init; }

    /// <summary>The four curves of a network, means over pictures.</summary>
    /// <param name="device">Where it is.</param>
    /// <param name="method">Its pooling method.</param>
    /// <param name="trained">The network.</param>
    /// <param name="inputs">Pictures, see <see cref="TrainedNetwork.Input"/>.</param>
    public static IReadOnlyList<DeletionRow> Of(Device device, string method, TrainedNetwork trained, IReadOnlyList<float[]> inputs)
    {
        IReadOnlyList<MapLayer> layers = MapLayer.Defaults(trained.Network);
        var curves = new Dictionary<(string Map, string Curve), double[]>();
        foreach ((int index, float[] input) in inputs.Index())
        {
            Explanation explanation = Explanation.Of(device, trained, input, layers, MapMethod.GradCam, LayerPass.Predicted);
            foreach ((string name, Heatmap map) in new[] { ("gradcam", explanation.Mean), ("random", Random(index, trained.Config.Size)) })
            {
                int[] order = [.. Enumerable.Range(0, map.Values.Length).OrderByDescending(pixel => map.Values[pixel])];
                Add(curves, (name, "deletion"), Scores(device, trained, input, order, explanation.Label, keepsFirst: false));
                Add(curves, (name, "insertion"), Scores(device, trained, input, order, explanation.Label, keepsFirst: true));
            }
        }
        return
        [
            .. from curve in curves
               let scores = curve.Value.Select(sum => sum / inputs.Count).ToArray()
               from step in Enumerable.Range(0, Steps + 1)
               select new DeletionRow
               {
                   Method = method,
                   Architecture = trained.Config.Architecture,
                   Map = curve.Key.Map,
                   Curve = curve.Key.Curve,
                   Share = (double)step / Steps,
                   Score = Math.Round(scores[step], 4),
                   Area = Math.Round((scores.Sum() - (scores[0] + scores[^1]) / 2) / Steps, 4),
                   Pictures = inputs.Count,
               },
        ];
    }

    /// <summary>The input with a share of its pixels grey, that is 0 after normalisation.</summary>
    /// <param name="input">(pixels, 3) numbers.</param>
    /// <param name="order">The pixels, those that the map shows most first.</param>
    /// <param name="count">So many of the first are kept, or lost.</param>
    /// <param name="keepsFirst">Whether these are kept and the others lost.</param>
    public static float[] Masked(float[] input, int[] order, int count, bool keepsFirst)
    {
        float[] masked = [.. input];
        foreach (int pixel in keepsFirst ? order.AsSpan(count) : order.AsSpan(0, count))
            masked.AsSpan(3 * pixel, 3).Clear();
        return masked;
    }

    private static double[] Scores(Device device, TrainedNetwork trained, float[] input, int[] order, int label, bool keepsFirst)
    {
        using ArrayScope scope = device.OpenScope();
        using IDisposable off = GradientMode.Off();
        float[] batch = [.. Enumerable.Range(0, Steps + 1).SelectMany(step => Masked(input, order, (int)((long)order.Length * step / Steps), keepsFirst))];
        Shape one = trained.InputShape;
        Tensor logits = trained.Network.Call(Tensor.Leaf(device.Upload(new Shape(Steps + 1, one[1], one[2], one[3]), batch)));
        int classes = logits.Shape.Channels;
        return [.. logits.Softmax().Value.ToDoubles().Where((_, index) => index % classes == label)];
    }

    private static void Add(Dictionary<(string, string), double[]> curves, (string, string) key, double[] scores) =>
        curves[key] = curves.TryGetValue(key, out double[]? sums) ? [.. sums.Zip(scores, (sum, score) => sum + score)] : scores;

    private static Heatmap Random(int picture, int size)
    {
        var random = new RandomSequence(RandomSeed, 0, 0, (uint)picture);
        double[] values = new double[RandomCells * RandomCells];
        for (int cell = 0; cell < values.Length; cell++)
            values[cell] = random.NextUnit();
        return new Heatmap(RandomCells, RandomCells, values).Resized(size, size);
    }
}
