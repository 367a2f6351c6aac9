using System.Numerics;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Geometry;

/// <summary>
/// One axis of a box on a map: its bins, and the samples of each, which lie in the middles of equal parts. A sample reads the two cells around it, within one
/// cell outside of the map those at the border, and beyond that nothing.
/// </summary>
/// <param name="Start">Where the first bin begins, in cells; the centre of a cell is a whole number where boxes are aligned.</param>
/// <param name="Bin">Cells of a bin.</param>
/// <param name="Samples">Samples of a bin.</param>
/// <param name="Bins">Number of bins.</param>
/// <param name="Extent">Cells of the map.</param>
internal readonly record struct RoiAxis<T, R>(T Start, T Bin, int Samples, int Bins, int Extent) where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    // Maps are smaller by far; what is beyond is no box, and would have samples without end.
    private const double Most = 1 << 15;

    /// <summary>The axis of a box between two edges. A box that is not finite, or many maps long, is none.</summary>
    public static RoiAxis<T, R> Of(T low, T high, T scale, bool aligned, int bins, int samples, int extent)
    {
        T start = low * scale, end = high * scale;
        if (aligned)
            (start, end) = (start - R.Of(0.5), end - R.Of(0.5));
        T length = end - start;
        if (!aligned)
            length = R.IfLess(length, R.Of(1), R.Of(1), length);
        T bin = length / R.Of(bins);
        bool isBox = R.IfLess(start, R.Of(Most), R.IfLess(R.Of(-Most), start, R.IfLess(bin, R.Of(Most), R.Of(1), R.Of(0)), R.Of(0)), R.Of(0)) == R.Of(1);
        return new(start, bin, !isBox ? -1 : samples > 0 ? samples : Ceiling(bin), bins, extent);
    }

    public bool IsBox => Samples >= 0;

    /// <summary>The cells that any sample reads, and perhaps some before and behind them.</summary>
    public Interval Cells
    {
        get
        {
            if (Samples <= 0)
                return new(0, 0);
            T a = Position(0, 0), b = Position(Bins - 1, Samples - 1), low = R.IfLess(a, b, a, b), high = R.IfLess(a, b, b, a);
            return new(Math.Min(Cell(low), Extent - 1), Math.Min(Cell(high) + 2, Extent));
        }
    }

    /// <summary>What a sample reads.</summary>
    public RoiTaps<T> Taps(int bin, int sample)
    {
        T position = Position(bin, sample);
        if (R.IfLess(position, R.Of(-1), R.Of(0), R.IfLess(R.Of(Extent), position, R.Of(0), R.Of(1))) == R.Of(0))
            return new(0, 0, R.Of(0), R.Of(0));
        position = R.IfLess(position, R.Of(0), R.Of(0), position);
        int low = Cell(position);
        if (low >= Extent - 1)
            return new(Extent - 1, Extent - 1, R.Of(1), R.Of(0));
        T rest = position - R.Of(low);
        return new(low, low + 1, R.Of(1) - rest, rest);
    }

    /// <summary>Sum of the weights with which the samples of a bin read a cell.</summary>
    public T WeightOf(int cell, int bin)
    {
        T sum = R.Of(0);
        for (int sample = 0; sample < Samples; sample++)
        {
            RoiTaps<T> taps = Taps(bin, sample);
            sum += taps.Low == cell ? taps.LowWeight : R.Of(0);
            sum += taps.High == cell ? taps.HighWeight : R.Of(0);
        }
        return sum;
    }

    private T Position(int bin, int sample) => Start + R.Of(bin) * Bin + (R.Of(sample) + R.Of(0.5)) * Bin / R.Of(Samples);

    private static int Cell(T position) => R.Truncate(R.IfLess(position, R.Of(0), R.Of(0), position));

    // Of what is negative, 0.
    private static int Ceiling(T value)
    {
        int whole = Cell(value);
        return R.IfLess(R.Of(whole), value, R.Of(1), R.Of(0)) == R.Of(1) ? whole + 1 : whole;
    }
}

/// <summary>The two cells that a sample reads, and their weights.</summary>
internal readonly record struct RoiTaps<T>(int Low, int High, T LowWeight, T HighWeight);
