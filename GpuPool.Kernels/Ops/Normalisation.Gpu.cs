using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPool.Kernels.Gpu;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// What a layer norm and an instance norm have in common: the rows of an array (segments, rows, columns) are normalised for each segment and column. A row of a layer norm
/// is a segment of one column; an image of an instance norm is a segment with a column for each channel.
/// </summary>
internal readonly record struct Normalisation<T, R>(ArrayView<T> X, ArrayView<T> Gamma, ArrayView<T> Mean, ArrayView<T> Rstd, int Rows, int Columns)
    where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    // Below, three launches take longer than one.
    private const int Few = 1 << 14;

    public (int Segments, int Rows, int Columns) Extents => (Mean.IntLength / Columns, Rows, Columns);

    /// <summary>Whether rows of one statistic have different factors.</summary>
    public bool GammaVaries => Gamma.IntLength > Columns;

    public static bool Suits(int elements) => elements > Few;

    /// <summary>Mean and rstd.</summary>
    public void LaunchMoments(Device device, T epsilon)
    {
        ColumnReduction.Launch<T, Two<T>, NormalisationMoments<T, R>>(device, new() { Of = this, Epsilon = epsilon });
        ColumnReduction.Launch<T, Two<T>, NormalisationMoments<T, R>>(device, new() { Of = this, Epsilon = epsilon, Pass = 1 });
    }

    public int Element(int segment, int row, int column) => (segment * Rows + row) * Columns + column;

    /// <summary>Where the mean of an element is.</summary>
    public int Statistic(int element) => element / (Rows * Columns) * Columns + element % Columns;

    /// <summary>The factor of an element.</summary>
    public T GammaOf(int element) => Gamma[element % Gamma.IntLength];

    /// <summary>xhat of an element.</summary>
    public T Normalised(int element, int statistic) => (X[element] - Mean[statistic]) * Rstd[statistic];
}

/// <summary>
/// The mean from the differences from the first row, and rstd from those from the mean. Where this is off by more than 2^-14 of the deviation, the sum of the differences
/// corrects it and the variance.
/// </summary>
internal struct NormalisationMoments<T, R> : IReduction<T, Two<T>> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public Normalisation<T, R> Of;
    public T Epsilon;
    public int Pass;

    public readonly (int Segments, int Rows, int Columns) Extents => Of.Extents;

    public readonly bool Wants(int segment, int column) => true;

    public readonly Two<T> Term(int segment, int row, int column)
    {
        T difference = Of.X[Of.Element(segment, row, column)] - Shift(segment, column);
        return new(difference, difference * difference);
    }

    public readonly void Finish(int segment, int column, Two<T> sums)
    {
        int statistic = segment * Of.Columns + column;
        T count = R.Of(Of.Rows), error = sums.First / count, mean = Shift(segment, column);
        if (Pass == 0)
        {
            Of.Mean[statistic] = mean + error;
            return;
        }
        T spread = sums.Second, excess = sums.First * error, tolerated = (spread + count * Epsilon) * R.Of(InstanceNorm.Tolerance);
        Of.Mean[statistic] = R.IfLess(tolerated, excess, mean + error, mean);
        spread = R.IfLess(tolerated, excess, R.IfLess(spread, excess, R.Of(0), spread - excess), spread);
        Of.Rstd[statistic] = R.Of(1) / R.Sqrt(spread / count + Epsilon);
    }

    private readonly T Shift(int segment, int column) => Pass == 0 ? Of.X[Of.Element(segment, 0, column)] : Of.Mean[segment * Of.Columns + column];
}

/// <summary>One thread: one element of y.</summary>
internal struct NormalisationForward<T, R> : IKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public Normalisation<T, R> Of;
    public ArrayView<T> Beta, Y;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index) => Y[index] = Of.Normalised(index, Of.Statistic(index)) * Of.GammaOf(index) + Beta[index % Beta.IntLength];
}

/// <summary>Sums of g and g xhat, where g is dy, or gamma dy where gamma differs from row to row.</summary>
internal struct NormalisationBackwardSums<T, R> : IReduction<T, Two<T>> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public Normalisation<T, R> Of;
    public ArrayView<T> OutputGradient, Sums, Products;

    public readonly (int Segments, int Rows, int Columns) Extents => Of.Extents;

    public readonly bool Wants(int segment, int column) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Two<T> Term(int segment, int row, int column)
    {
        int element = Of.Element(segment, row, column);
        T g = OutputGradient[element];
        if (Of.GammaVaries)
            g *= Of.GammaOf(element);
        return new(g, g * Of.Normalised(element, segment * Of.Columns + column));
    }

    public readonly void Finish(int segment, int column, Two<T> sums)
    {
        Sums[segment * Of.Columns + column] = sums.First;
        Products[segment * Of.Columns + column] = sums.Second;
    }
}

/// <summary>One thread: one element of dx, and of the term dy xhat of dgamma where it is asked for.</summary>
internal struct NormalisationBackward<T, R> : IKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public NormalisationBackwardSums<T, R> Sums;
    public ArrayView<T> Gradient, GammaTerms;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        int statistic = Sums.Of.Statistic(index);
        T dy = Sums.OutputGradient[index], gamma = Sums.Of.GammaOf(index), normalised = Sums.Of.Normalised(index, statistic);
        T shared = (Sums.Sums[statistic] + normalised * Sums.Products[statistic]) / R.Of(Sums.Of.Rows);
        if (!Sums.Of.GammaVaries)
            shared *= gamma;
        Gradient[index] = Sums.Of.Rstd[statistic] * (gamma * dy - shared);
        if (GammaTerms.IntLength > 0)
            GammaTerms[index] = dy * normalised;
    }
}
