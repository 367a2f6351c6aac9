using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>An array as rows of bands: one row for each index before an axis, one band of <see cref="Inner"/> elements for each index of the axis.</summary>
internal readonly record struct Bands(Shape Shape, int Axis)
{
    public int Rows => Product(Shape.Extents[..Axis]);

    public int Extent => Shape[Axis];

    public int Inner => Product(Shape.Extents[(Axis + 1)..]);

    public static Bands Of(string op, string operand, Shape shape, int axis)
    {
        int positive = axis < 0 ? axis + shape.Rank : axis;
        Require.That(positive >= 0 && positive < shape.Rank, op, operand, shape, $"a shape with an axis {axis}");
        return new Bands(shape, positive);
    }

    /// <summary>The shape with another extent of the axis.</summary>
    public Shape With(int extent) => new([.. Shape.Extents[..Axis], extent, .. Shape.Extents[(Axis + 1)..]]);

    /// <summary>Copies <paramref name="count"/> bands of each row of a source of this shape; bands outside the source are 0.</summary>
    public CopyBands<T, R> Copy<T, R>(DeviceArray source, int sourceStart, DeviceArray target, int targetStart, int count)
        where T : unmanaged, INumber<T> where R : struct, IReal<T> => new()
        {
            Source = source.View<T>(),
            Target = target.View<T>(),
            Rows = Rows,
            Width = count * Inner,
            SourceLength = Extent * Inner,
            SourceStart = sourceStart * Inner,
            TargetLength = target.Shape[Axis] * Inner,
            TargetStart = targetStart * Inner,
        };

    private static int Product(ReadOnlySpan<int> extents)
    {
        int product = 1;
        foreach (int extent in extents)
            product *= extent;
        return product;
    }
}

/// <summary>One thread: one element of the target's bands.</summary>
internal partial struct CopyBands<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Source, Target;
    public int Rows, Width, SourceLength, SourceStart, TargetLength, TargetStart;

    public readonly int Count => Rows * Width;

    public readonly void Run(int index)
    {
        int row = index / Width, column = index - row * Width, from = SourceStart + column;
        Target[row * TargetLength + TargetStart + column] = from >= 0 && from < SourceLength ? Source[row * SourceLength + from] : R.Of(0);
    }
}
