using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>The slopes between the numbers of an equation, in the order of its computation. It keeps its memory for the next one.</summary>
public sealed class Derivation
{
    private readonly List<(int Target, int Source, double Slope, double Size)> _slopes = [];
    private double[] _gradient = [], _magnitude = [];
    private int _count;

    /// <summary>The least distance of a number from a bound that may cut it, relative to the bound: within rounding errors of it, either side is right.</summary>
    public double NearestKink { get; private set; }

    /// <summary>Begins another equation.</summary>
    public void Clear()
    {
        _slopes.Clear();
        (_count, NearestKink) = (0, double.PositiveInfinity);
    }

    /// <summary>The elements of an input.</summary>
    public Map Input(Shape shape, double[] values) => new(shape, [.. values.Select(value => new Scalar(this, Next(), value, Math.Abs(value)))]);

    public int Next() => _count++;

    public void Depend(int target, Term term)
    {
        if (term.Source.Derivation is not null)
            _slopes.Add((target, term.Source.Index, term.Slope, term.Size));
    }

    public void MeetKink(double distance) => NearestKink = Math.Min(NearestKink, distance);

    /// <summary>Prepares the gradient of the sum of outputs times their seeds with respect to every number.</summary>
    public void Differentiate(Scalar[] outputs, double[] seeds)
    {
        if (_gradient.Length < _count)
            (_gradient, _magnitude) = (new double[_count], new double[_count]);
        Array.Clear(_gradient, 0, _count);
        Array.Clear(_magnitude, 0, _count);
        for (int index = 0; index < outputs.Length; index++)
        {
            if (outputs[index].Derivation is null)
                continue;
            _gradient[outputs[index].Index] += seeds[index];
            _magnitude[outputs[index].Index] += Math.Abs(seeds[index]);
        }
        for (int step = _slopes.Count - 1; step >= 0; step--)
        {
            (int target, int source, double slope, double size) = _slopes[step];
            _gradient[source] += slope * _gradient[target];
            _magnitude[source] += size * _magnitude[target];
        }
    }

    /// <summary>The gradient with respect to a number, and the sum of the sizes of all paths to it.</summary>
    public (double Value, double Magnitude) Gradient(Scalar number) => (_gradient[number.Index], _magnitude[number.Index]);
}
