using System.Runtime.CompilerServices;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

// From scores to weights exp((score - maximum) scale), four vectors abreast: a vector alone would wait for its own result at each step.
internal static unsafe partial class AttentionPanel<T, V, L>
{
    private const double Log2E = 1.4426950408889634;

    /// <summary>
    /// Raises the maximum of each lane to the largest score; <paramref name="correction"/> is by what to multiply all that was weighed with the old one.
    /// </summary>
    public static void Raise(T* scores, int rows, double scale, T* maximum, T* correction)
    {
        Load(maximum, out V x0, out V x1, out V x2, out V x3);
        (V m0, V m1, V m2, V m3) = (x0, x1, x2, x3);
        for (int row = 0; row < rows; row++)
        {
            Load(scores + row * Lanes, out V s0, out V s1, out V s2, out V s3);
            (m0, m1, m2, m3) = (L.Max(m0, s0), L.Max(m1, s1), L.Max(m2, s2), L.Max(m3, s3));
        }
        Exponential(Factor(scale), m0, m1, m2, m3, ref x0, ref x1, ref x2, ref x3);
        Store(correction, x0, x1, x2, x3);
        Store(maximum, m0, m1, m2, m3);
    }

    /// <summary>Turns scores into weights under the maximum of each lane, and adds them to the sum of each lane.</summary>
    public static void Weigh(T* scores, int rows, double scale, T* maximum, T* sum)
    {
        Load(maximum, out V m0, out V m1, out V m2, out V m3);
        Load(sum, out V t0, out V t1, out V t2, out V t3);
        V factor = Factor(scale);
        for (int row = 0; row < rows; row++)
        {
            T* at = scores + row * Lanes;
            Load(at, out V x0, out V x1, out V x2, out V x3);
            Exponential(factor, m0, m1, m2, m3, ref x0, ref x1, ref x2, ref x3);
            Store(at, x0, x1, x2, x3);
            (t0, t1, t2, t3) = (L.Add(t0, x0), L.Add(t1, x1), L.Add(t2, x2), L.Add(t3, x3));
        }
        Store(sum, t0, t1, t2, t3);
    }

    /// <summary>
    /// Turns scores s into weights p = exp((s - maximum) scale) inverse and the gradients dp of weights into p (dp - delta), with maximum, inverse and delta
    /// of each row.
    /// </summary>
    public static void Differentiate(T* scores, T* slopes, int rows, double scale, T* maximum, T* inverse, T* delta)
    {
        V factor = Factor(scale);
        for (int row = 0; row < rows; row++)
        {
            V m = L.Broadcast(maximum[row]), r = L.Broadcast(inverse[row]), d = L.Broadcast(delta[row]);
            T* s = scores + row * Lanes, dp = slopes + row * Lanes;
            Load(s, out V x0, out V x1, out V x2, out V x3);
            Exponential(factor, m, m, m, m, ref x0, ref x1, ref x2, ref x3);
            (x0, x1, x2, x3) = (L.Multiply(x0, r), L.Multiply(x1, r), L.Multiply(x2, r), L.Multiply(x3, r));
            Store(s, x0, x1, x2, x3);
            Load(dp, out V y0, out V y1, out V y2, out V y3);
            (y0, y1, y2, y3) = (L.Subtract(y0, d), L.Subtract(y1, d), L.Subtract(y2, d), L.Subtract(y3, d));
            Store(dp, L.Multiply(x0, y0), L.Multiply(x1, y1), L.Multiply(x2, y2), L.Multiply(x3, y3));
        }
    }

    /// <summary>Multiplies each row of a panel by one row of factors.</summary>
    public static void Scale(T* panel, int rows, T* factors)
    {
        Load(factors, out V f0, out V f1, out V f2, out V f3);
        for (int row = 0; row < rows; row++)
        {
            Load(panel + row * Lanes, out V x0, out V x1, out V x2, out V x3);
            Store(panel + row * Lanes, L.Multiply(x0, f0), L.Multiply(x1, f1), L.Multiply(x2, f2), L.Multiply(x3, f3));
        }
    }

    private static V Factor(double scale) => L.Of(typeof(T) == typeof(double) ? scale : scale * Log2E);

    // x = exp((x - m) scale) for x <= m. In float32 it is 2^(n + r), n + r = (x - m) scale log2(e) with the nearest integer n, at half the cost of
    // Elementary.Exp: never below 2^-126; no case for overflow; the exponent is rounded once, to 6e-8 of itself, which is little wherever the weight is not;
    // and the polynomial has the least relative error, 9.1e-8, of all of degree 5 with the value 1 at 0, which makes the largest weight exactly 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exponential(V factor, V m0, V m1, V m2, V m3, ref V x0, ref V x1, ref V x2, ref V x3)
    {
        (x0, x1, x2, x3) = (L.Subtract(x0, m0), L.Subtract(x1, m1), L.Subtract(x2, m2), L.Subtract(x3, m3));
        (x0, x1, x2, x3) = (L.Multiply(x0, factor), L.Multiply(x1, factor), L.Multiply(x2, factor), L.Multiply(x3, factor));
        if (typeof(T) == typeof(double))
        {
            (x0, x1, x2, x3) = (Elementary<V, L>.Exp(x0), Elementary<V, L>.Exp(x1), Elementary<V, L>.Exp(x2), Elementary<V, L>.Exp(x3));
            return;
        }
        V least = L.Of(-126), shift = L.Of(12582912.0);
        // The constant first: the processor's maximum hands on its second operand where one is NaN.
        (x0, x1, x2, x3) = (L.Max(least, x0), L.Max(least, x1), L.Max(least, x2), L.Max(least, x3));
        (V n0, V n1, V n2, V n3) = (L.Add(x0, shift), L.Add(x1, shift), L.Add(x2, shift), L.Add(x3, shift));
        (V i0, V i1, V i2, V i3) = (L.Subtract(n0, shift), L.Subtract(n1, shift), L.Subtract(n2, shift), L.Subtract(n3, shift));
        (x0, x1, x2, x3) = (L.Subtract(x0, i0), L.Subtract(x1, i1), L.Subtract(x2, i2), L.Subtract(x3, i3));
        V p0 = L.Of(0.0013264727160727497), p1 = p0, p2 = p0, p3 = p0;
        Horner(0.0096715126388881, x0, x1, x2, x3, ref p0, ref p1, ref p2, ref p3);
        Horner(0.05550733743368107, x0, x1, x2, x3, ref p0, ref p1, ref p2, ref p3);
        Horner(0.24022242085400247, x0, x1, x2, x3, ref p0, ref p1, ref p2, ref p3);
        Horner(0.6931469775991126, x0, x1, x2, x3, ref p0, ref p1, ref p2, ref p3);
        Horner(1, x0, x1, x2, x3, ref p0, ref p1, ref p2, ref p3);
        (x0, x1, x2, x3) = (L.AddExponent(p0, n0), L.AddExponent(p1, n1), L.AddExponent(p2, n2), L.AddExponent(p3, n3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Horner(double coefficient, V x0, V x1, V x2, V x3, ref V p0, ref V p1, ref V p2, ref V p3)
    {
        V c = L.Of(coefficient);
        (p0, p1, p2, p3) = (L.MultiplyAdd(p0, x0, c), L.MultiplyAdd(p1, x1, c), L.MultiplyAdd(p2, x2, c), L.MultiplyAdd(p3, x3, c));
    }
}
