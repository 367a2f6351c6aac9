using System.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Gpu;

/// <summary>A product of two plain matrices, either of which may be transposed, with a bias for each column unless that is empty.</summary>
internal struct MatrixProduct<T, F> : IProduct<T> where T : unmanaged, INumber<T> where F : struct, IMatrixForm
{
    public ArrayView<T> First, Second, Bias, Target;

    public int Rows, Columns, Steps;

    public static bool LeftRunsAlongDepth => !F.FirstTransposed;

    public static bool RightRunsAlongDepth => F.SecondTransposed;

    public readonly (int Rows, int Columns, int Depth) Extents => (Rows, Columns, Steps);

    public readonly Place Row(int row) => new(F.FirstTransposed ? row : row * Steps);

    public readonly Place Depth(int depth) => new(depth);

    public readonly T Left(Place row, Place depth) => First[row.Offset + (F.FirstTransposed ? depth.Offset * Rows : depth.Offset)];

    public readonly T Right(Place depth, int column) => Second[F.SecondTransposed ? column * Steps + depth.Offset : depth.Offset * Columns + column];

    public readonly void Store(int row, int column, T sum) => Target[row * Columns + column] = Bias.IntLength > 0 ? sum + Bias[column] : sum;
}

/// <summary>Which of the two matrices lies transposed in memory.</summary>
internal interface IMatrixForm
{
    static abstract bool FirstTransposed { get; }

    static abstract bool SecondTransposed { get; }
}

/// <summary>Neither.</summary>
internal readonly struct PlainForm : IMatrixForm
{
    public static bool FirstTransposed => false;

    public static bool SecondTransposed => false;
}

/// <summary>The first: a sum over rows of both.</summary>
internal readonly struct FirstTransposedForm : IMatrixForm
{
    public static bool FirstTransposed => true;

    public static bool SecondTransposed => false;
}

/// <summary>The second: products of rows of both.</summary>
internal readonly struct SecondTransposedForm : IMatrixForm
{
    public static bool FirstTransposed => false;

    public static bool SecondTransposed => true;
}
