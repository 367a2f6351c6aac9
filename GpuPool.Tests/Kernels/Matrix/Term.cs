namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>What a number of an equation depends on.</summary>
/// <param name="Source">The other number.</param>
/// <param name="Slope">The derivative with respect to it.</param>
/// <param name="Size">What rounding errors of the slope are relative to.</param>
public readonly record struct Term(Scalar Source, double Slope, double Size)
{
    /// <summary>A slope that is exact.</summary>
    public Term(Scalar source, double slope) : this(source, slope, Math.Abs(slope)) { }
}
