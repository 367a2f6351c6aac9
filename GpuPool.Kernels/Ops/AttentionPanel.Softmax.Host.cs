using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

// From scores to weights, four vectors abreast: a vector alone would wait for its own result at each step. Scores are logarithms of weights by the base 2 in
// float32 and e in float64.
internal static unsafe partial class AttentionPanel<T, V, L>
{
    private const double Log2E = 1.4426950408889634;

    /// <summary>What turns a score times <paramref name="scale"/> into the logarithm of its weight.</summary>
    public static double Logarithm(double scale) => typeof(T) == typeof(double) ? scale : scale * Log2E;

    /// <summary>
    /// Moves the origin of each lane, to which the scores are relative, so that the largest of them becomes 0, if it is above <paramref name="least"/>;
    /// <paramref name="correction"/> is by what to multiply all that was weighed before.
    /// </summary>
    public static void Raise(T* scores, int rows, double least, T* origin, T* correction)
    {
        V m0 = L.Of(least), m1 = m0, m2 = m0, m3 = m0, x0, x1, x2, x3;
        for (int row = 0; row < rows; row++)
        {
            Load(scores + row * Lanes, out x0, out x1, out x2, out x3);
            (m0, m1, m2, m3) = (L.Max(m0, x0), L.Max(m1, x1), L.Max(m2, x2), L.Max(m3, x3));
        }
        // Differences from -infinity would be NaN.
        (m0, m1, m2, m3) = (Finite(m0), Finite(m1), Finite(m2), Finite(m3));
        for (int row = 0; row < rows; row++)
            Lower(scores + row * Lanes, m0, m1, m2, m3);
        Lower(origin, m0, m1, m2, m3);
        (x0, x1, x2, x3) = (L.Subtract(L.Zero, m0), L.Subtract(L.Zero, m1), L.Subtract(L.Zero, m2), L.Subtract(L.Zero, m3));
        Exponential(ref x0, ref x1, ref x2, ref x3);
        Store(correction, x0, x1, x2, x3);
    }

    /// <summary>Turns scores into weights and adds them to the sum of each lane.</summary>
    public static void Weigh(T* scores, int rows, T* sum)
    {
        Load(sum, out V t0, out V t1, out V t2, out V t3);
        for (T* at = scores, end = scores + rows * Lanes; at < end; at += Lanes)
        {
            Load(at, out V x0, out V x1, out V x2, out V x3);
            Weigh(ref x0, ref x1, ref x2, ref x3, ref t0, ref t1, ref t2, ref t3);
            Store(at, x0, x1, x2, x3);
        }
        Store(sum, t0, t1, t2, t3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weigh(ref V x0, ref V x1, ref V x2, ref V x3, ref V t0, ref V t1, ref V t2, ref V t3)
    {
        Exponential(ref x0, ref x1, ref x2, ref x3);
        (t0, t1, t2, t3) = (L.Add(t0, x0), L.Add(t1, x1), L.Add(t2, x2), L.Add(t3, x3));
    }

    /// <summary>Turns logarithms of weights into weights, and slopes into these times the weights.</summary>
    public static void Differentiate(T* scores, T* slopes, int rows)
    {
        for (T* s = scores, dp = slopes, end = scores + rows * Lanes; s < end; s += Lanes, dp += Lanes)
        {
            Load(s, out V x0, out V x1, out V x2, out V x3);
            Exponential(ref x0, ref x1, ref x2, ref x3);
            Store(s, x0, x1, x2, x3);
            Load(dp, out V y0, out V y1, out V y2, out V y3);
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

    private static V Finite(V maximum) => L.IfLess(L.Of(double.NegativeInfinity), maximum, maximum, L.Zero);

    private static void Lower(T* row, V m0, V m1, V m2, V m3)
    {
        Load(row, out V x0, out V x1, out V x2, out V x3);
        Store(row, L.Subtract(x0, m0), L.Subtract(x1, m1), L.Subtract(x2, m2), L.Subtract(x3, m3));
    }

    // The weights of scores x. In float32 2^x = 2^floor(x) 2^r at half the cost of Elementary.Exp: the polynomial has the least relative error, 8.3e-8, of all
    // of degree 5 with the value 1 at 0, which makes the weight of the origin exactly 1. AVX-512 has instructions for r and for the power of floor(x);
    // without it, results stay between 2^-126 and 2^127.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exponential(ref V x0, ref V x1, ref V x2, ref V x3)
    {
        if (typeof(T) == typeof(double))
        {
            (x0, x1, x2, x3) = (Elementary<V, L>.Exp(x0), Elementary<V, L>.Exp(x1), Elementary<V, L>.Exp(x2), Elementary<V, L>.Exp(x3));
            return;
        }
        V r0 = Remainder(ref x0), r1 = Remainder(ref x1), r2 = Remainder(ref x2), r3 = Remainder(ref x3);
        V p0 = L.Of(0.0018671316863482224), p1 = p0, p2 = p0, p3 = p0;
        Horner(0.009017026901306194, r0, r1, r2, r3, ref p0, ref p1, ref p2, ref p3);
        Horner(0.05579991554716415, r0, r1, r2, r3, ref p0, ref p1, ref p2, ref p3);
        Horner(0.24016444948646057, r0, r1, r2, r3, ref p0, ref p1, ref p2, ref p3);
        Horner(0.6931513118593058, r0, r1, r2, r3, ref p0, ref p1, ref p2, ref p3);
        Horner(1, r0, r1, r2, r3, ref p0, ref p1, ref p2, ref p3);
        (x0, x1, x2, x3) = (MultiplyByPower(p0, x0), MultiplyByPower(p1, x1), MultiplyByPower(p2, x2), MultiplyByPower(p3, x3));
    }

    // r = x - floor(x); without AVX-512 x becomes what AddExponent needs of floor(x), which is one too small for some integers, with r = 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Remainder(ref V x)
    {
        if (typeof(V) == typeof(Vector512<float>))
            return Unsafe.BitCast<Vector512<float>, V>(Avx512DQ.Reduce(Unsafe.BitCast<V, Vector512<float>>(x), 1));
        // The constant first: the processor's minimum and maximum hand on their second operand where one is NaN.
        V shift = L.Of(12582912.0), bounded = L.Min(L.Of(127), L.Max(L.Of(-126), x));
        x = L.Add(L.Subtract(bounded, L.Of(0.5)), shift);
        return L.Subtract(bounded, L.Subtract(x, shift));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V MultiplyByPower(V value, V x) => typeof(V) == typeof(Vector512<float>)
        ? Unsafe.BitCast<Vector512<float>, V>(Avx512F.Scale(Unsafe.BitCast<V, Vector512<float>>(value), Unsafe.BitCast<V, Vector512<float>>(x)))
        : L.AddExponent(value, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Horner(double coefficient, V x0, V x1, V x2, V x3, ref V p0, ref V p1, ref V p2, ref V p3)
    {
        V c = L.Of(coefficient);
        (p0, p1, p2, p3) = (L.MultiplyAdd(p0, x0, c), L.MultiplyAdd(p1, x1, c), L.MultiplyAdd(p2, x2, c), L.MultiplyAdd(p3, x3, c));
    }
}
