using System.Numerics;
using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Gpu;

/// <summary>Four neighbouring elements, which a GPU loads and stores at once.</summary>
internal readonly record struct Quad<T>(T X, T Y, T Z, T W) where T : unmanaged, INumber<T>
{
    /// <summary>sum + factor * values</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> MultiplyAdd(Quad<T> sum, T factor, Quad<T> values) =>
        new(sum.X + factor * values.X, sum.Y + factor * values.Y, sum.Z + factor * values.Z, sum.W + factor * values.W);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> Add(Quad<T> a, Quad<T> b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> Multiply(Quad<T> a, Quad<T> b) => new(a.X * b.X, a.Y * b.Y, a.Z * b.Z, a.W * b.W);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Get(int index) => index < 2 ? index == 0 ? X : Y : index == 2 ? Z : W;
}

/// <summary>Four rows of four sums: what one thread of a group has of a tile.</summary>
internal readonly record struct Square<T>(Quad<T> Row0, Quad<T> Row1, Quad<T> Row2, Quad<T> Row3) where T : unmanaged, INumber<T>
{
    /// <summary>sums + left right^T</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Square<T> AddProduct(Square<T> sums, Quad<T> left, Quad<T> right) => new(
        Quad<T>.MultiplyAdd(sums.Row0, left.X, right), Quad<T>.MultiplyAdd(sums.Row1, left.Y, right),
        Quad<T>.MultiplyAdd(sums.Row2, left.Z, right), Quad<T>.MultiplyAdd(sums.Row3, left.W, right));
}
