namespace GpuPool.Experiments.Data;

/// <summary>
/// Which source pixels make each output pixel of one axis, and with what weights: bilinear interpolation that averages when it shrinks, as Pillow and
/// torchvision resize pictures.
/// </summary>
/// <remarks>
/// Weight of source pixel k for output i: t((k + 1/2 - c) / r) over their sum, t(u) = max(0, 1 - |u|), c = start + (i + 1/2) s, s = extent / outputs,
/// r = max(s, 1).
/// Source: Pillow's <c>Resample.c</c>; its rounding to bytes between the two passes is left out.
/// </remarks>
internal sealed class Taps
{
    private readonly int _most;
    private readonly int[] _first, _count;
    private readonly float[] _weights;

    public Taps(AxisMap axis)
    {
        double scale = (double)axis.Extent / axis.Outputs, radius = Math.Max(scale, 1);
        int end = axis.Start + axis.Extent;
        _most = 2 * (int)Math.Ceiling(radius) + 1;
        (_first, _count, _weights) = (new int[axis.Count], new int[axis.Count], new float[axis.Count * _most]);
        for (int i = 0; i < axis.Count; i++)
        {
            double centre = axis.Start + (axis.First + i + 0.5) * scale, sum = 0;
            int low = Math.Max(axis.Start, (int)Math.Floor(centre - radius + 0.5)), high = Math.Min(end, (int)Math.Floor(centre + radius + 0.5));
            for (int k = low; k < high; k++)
                sum += Triangle((k + 0.5 - centre) / radius);
            for (int k = low; k < high; k++)
                _weights[i * _most + k - low] = (float)(Triangle((k + 0.5 - centre) / radius) / sum);
            (_first[i], _count[i]) = (low, high - low);
        }
    }

    /// <summary>First source pixel that any output looks at.</summary>
    public int Low => _first[0];

    /// <summary>One behind the last source pixel that any output looks at.</summary>
    public int High => _first[^1] + _count[^1];

    /// <summary>Number of outputs.</summary>
    public int Outputs => _first.Length;

    /// <summary>First source pixel of an output.</summary>
    public int First(int output) => _first[output];

    /// <summary>Weights of an output, from its first source pixel on.</summary>
    public ReadOnlySpan<float> Weights(int output) => _weights.AsSpan(output * _most, _count[output]);

    private static double Triangle(double u) => Math.Max(0, 1 - Math.Abs(u));
}
