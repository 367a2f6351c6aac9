using System.Runtime.InteropServices;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>What the anchors of a batch should say, row by row.</summary>
public sealed class SsdTargets
{
    private readonly SsdOptions _options;
    private readonly int _anchors;

    /// <summary>The targets for pictures that show these objects.</summary>
    internal SsdTargets(SsdOptions options, ReadOnlySpan<Box> anchors, IReadOnlyList<IReadOnlyList<LabelledBox>> objects)
    {
        (_options, _anchors) = (options, anchors.Length);
        (Labels, Deltas, Positives) = (new float[objects.Count * anchors.Length], new float[4 * objects.Count * anchors.Length], new int[objects.Count]);
        Matches = new IReadOnlyList<int>[objects.Count];
        Labels.AsSpan().Fill(options.Classes);
        Span<BoxDeltas<float>> deltas = MemoryMarshal.Cast<float, BoxDeltas<float>>(Deltas.AsSpan());
        for (int picture = 0; picture < objects.Count; picture++)
        {
            IReadOnlyList<LabelledBox> shown = objects[picture];
            int[] matches = options.Matching.Match<float>(anchors, [.. shown.Select(item => item.Box)]);
            Matches[picture] = matches;
            for (int anchor = 0; anchor < matches.Length; anchor++)
            {
                if (matches[anchor] < 0)
                    continue;
                Positives[picture]++;
                Labels[picture * anchors.Length + anchor] = shown[matches[anchor]].Label;
                deltas[picture * anchors.Length + anchor] = options.Coder.Encode(anchors[anchor], shown[matches[anchor]].Box);
            }
        }
        Divisor = Positives.Sum(count => Math.Max(1, count));
    }

    /// <summary>Object of each anchor, for each picture, see <see cref="OverlapMatching.Match"/>.</summary>
    public IReadOnlyList<int>[] Matches { get; }

    /// <summary>Class of each anchor, the background last.</summary>
    public float[] Labels { get; }

    /// <summary>Encoded box of each anchor that shows an object, else 0.</summary>
    public float[] Deltas { get; }

    /// <summary>Anchors that show an object, for each picture.</summary>
    public int[] Positives { get; }

    /// <summary>Sum of the anchors that show an object, at least one for each picture.</summary>
    public int Divisor { get; }

    /// <summary>Weights of the losses of classes: 1 over the divisor for anchors that show an object and, for some times as many others of a picture, those with the largest losses.</summary>
    internal float[] ClassWeights(double[] losses)
    {
        float[] weights = new float[Labels.Length];
        double[] background = new double[_anchors];
        for (int picture = 0; picture < Positives.Length; picture++)
        {
            int first = picture * _anchors;
            for (int anchor = 0; anchor < _anchors; anchor++)
            {
                bool isObject = IsObject(first + anchor);
                weights[first + anchor] = isObject ? 1f / Divisor : 0;
                background[anchor] = isObject ? double.NegativeInfinity : losses[first + anchor];
            }
            int negatives = Math.Min(_options.NegativesPerPositive * Positives[picture], _anchors - Positives[picture]);
            foreach (int anchor in Ranking.Best<double>(background, negatives))
                weights[first + anchor] = 1f / Divisor;
        }
        return weights;
    }

    /// <summary>Weights of the losses of coordinates: 1 over the divisor for anchors that show an object.</summary>
    internal float[] BoxWeights()
    {
        float[] weights = new float[Deltas.Length];
        for (int row = 0; row < Labels.Length; row++)
            weights.AsSpan(4 * row, 4).Fill(IsObject(row) ? (float)(1 / (Divisor + DetectorLoss.DivisorEpsilon)) : 0);
        return weights;
    }

    private bool IsObject(int row) => Labels[row] != _options.Classes;
}
