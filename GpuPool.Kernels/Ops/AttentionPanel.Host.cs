using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// A panel is a small matrix (rows, <see cref="Lanes"/>) with one token in each lane of its vectors. All products of attention are made of the two routines
/// here, for any head width.
/// </summary>
internal static unsafe partial class AttentionPanel<T, V, L> where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
{
    // Four by four sums take half of the 32 registers of AVX-512, and each loaded value serves four products; two by four take half of 16 registers.
    private const int Side = 4, Vectors = 4;

    /// <summary>Tokens of a panel.</summary>
    public static int Lanes => Vectors * L.Count;

    /// <summary>panel[c, i] = factor source[i, c] for <paramref name="count"/> tokens of <paramref name="depth"/> elements; 0 in the lanes behind them.</summary>
    public static void Pack(T* source, int stride, int count, int depth, T factor, T* panel)
    {
        for (int c = 0; c < depth; c++)
        {
            for (int i = 0; i < Lanes; i++)
                panel[c * Lanes + i] = i < count ? factor * source[i * stride + c] : T.Zero;
        }
    }

    /// <summary>target[i, c] = factor panel[c, i]</summary>
    public static void Unpack(T* panel, T factor, T* target, int stride, int count, int depth)
    {
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < depth; c++)
                target[i * stride + c] = factor * panel[c * Lanes + i];
        }
    }

    /// <summary>
    /// result = start + a b: result is (rows, Lanes), a (rows, depth) with any strides, b (depth, Lanes); the rows of start are <paramref name="pitch"/>
    /// elements apart, 0 for one row that all share. Rows behind the last are computed again as the last and written with the same values, so that there is no
    /// remainder.
    /// </summary>
    public static void Multiply(T* a, int rowStride, int depthStride, T* b, T* start, int pitch, T* result, int rows, int depth)
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<Four, OfElements, Results>(a, rowStride, depthStride, b, start, pitch, result, rows, depth, null);
        else
            Multiply<Two, OfElements, Results>(a, rowStride, depthStride, b, start, pitch, result, rows, depth, null);
    }

    /// <summary>The same with one element of start for each row.</summary>
    public static void MultiplyFrom(T* start, T* a, int rowStride, T* b, T* result, int rows, int depth)
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<Four, OfRows, Results>(a, rowStride, 1, b, start, 1, result, rows, depth, null);
        else
            Multiply<Two, OfRows, Results>(a, rowStride, 1, b, start, 1, result, rows, depth, null);
    }

    /// <summary>Turns the scores <c>start + a b</c>, with one row of start, into weights before they are stored, and adds these to the sum of each lane; whole tiles of rows.</summary>
    public static void MultiplyAndWeigh(T* start, T* a, int rowStride, T* b, T* result, int rows, int depth, T* sum)
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<Four, OfElements, Weights>(a, rowStride, 1, b, start, 0, result, rows, depth, sum);
        else
            Multiply<Two, OfElements, Weights>(a, rowStride, 1, b, start, 0, result, rows, depth, sum);
    }

    private static void Multiply<H, S, E>(T* a, int rowStride, nint depthStride, T* b, T* start, int pitch, T* result, int rows, int depth, T* sum)
        where H : struct, ITileSide where S : struct, IStart where E : struct, IEnd
    {
        for (int row = 0; row < rows; row += H.Count)
        {
            int row1 = Math.Min(row + 1, rows - 1), row2 = Math.Min(row + 2, rows - 1), row3 = Math.Min(row + 3, rows - 1);
            T* a0 = a + row * rowStride, a1 = a + row1 * rowStride, a2 = a + row2 * rowStride, a3 = a + row3 * rowStride;
            T* r0 = result + row * Lanes, r1 = result + row1 * Lanes, r2 = result + row2 * Lanes, r3 = result + row3 * Lanes;
            Start<S>(start + row * pitch, out V s00, out V s01, out V s02, out V s03);
            Start<S>(start + row1 * pitch, out V s10, out V s11, out V s12, out V s13);
            V s20 = s00, s21 = s00, s22 = s00, s23 = s00, s30 = s00, s31 = s00, s32 = s00, s33 = s00;
            if (H.Count > 2)
            {
                Start<S>(start + row2 * pitch, out s20, out s21, out s22, out s23);
                Start<S>(start + row3 * pitch, out s30, out s31, out s32, out s33);
            }
            nint at = 0;
            for (T* line = b, end = b + depth * Lanes; line < end; line += Lanes, at += depthStride)
            {
                Load(line, out V b0, out V b1, out V b2, out V b3);
                MultiplyAdd(L.Broadcast(a0[at]), b0, b1, b2, b3, ref s00, ref s01, ref s02, ref s03);
                MultiplyAdd(L.Broadcast(a1[at]), b0, b1, b2, b3, ref s10, ref s11, ref s12, ref s13);
                if (H.Count > 2)
                {
                    MultiplyAdd(L.Broadcast(a2[at]), b0, b1, b2, b3, ref s20, ref s21, ref s22, ref s23);
                    MultiplyAdd(L.Broadcast(a3[at]), b0, b1, b2, b3, ref s30, ref s31, ref s32, ref s33);
                }
            }
            if (E.Weighs)
            {
                Load(sum, out V t0, out V t1, out V t2, out V t3);
                Weigh(ref s00, ref s01, ref s02, ref s03, ref t0, ref t1, ref t2, ref t3);
                Weigh(ref s10, ref s11, ref s12, ref s13, ref t0, ref t1, ref t2, ref t3);
                if (H.Count > 2)
                {
                    Weigh(ref s20, ref s21, ref s22, ref s23, ref t0, ref t1, ref t2, ref t3);
                    Weigh(ref s30, ref s31, ref s32, ref s33, ref t0, ref t1, ref t2, ref t3);
                }
                Store(sum, t0, t1, t2, t3);
            }
            Store(r0, s00, s01, s02, s03);
            Store(r1, s10, s11, s12, s13);
            if (H.Count > 2)
            {
                Store(r2, s20, s21, s22, s23);
                Store(r3, s30, s31, s32, s33);
            }
        }
    }

    /// <summary>
    /// result[i, c] += sum over panels and lanes of a[i, lane] b[c, lane]: result is (rows, depth) without gaps, a and b are sequences of panels
    /// <paramref name="pitchA"/> and <paramref name="pitchB"/> elements apart. The sum across lanes is taken once for all panels.
    /// </summary>
    public static void MultiplyAcross(T* a, int pitchA, T* b, int pitchB, int panels, T* result, int rows, int depth)
    {
        if (Vector512.IsHardwareAccelerated)
            MultiplyAcross<Four>(a, pitchA, b, pitchB, panels, result, rows, depth);
        else
            MultiplyAcross<Two>(a, pitchA, b, pitchB, panels, result, rows, depth);
    }

    private static void MultiplyAcross<H>(T* a, int pitchA, T* b, int pitchB, int panels, T* result, int rows, int depth) where H : struct, ITileSide
    {
        T* sums = stackalloc T[H.Count * Lanes];
        for (int row = 0; row < rows; row += H.Count)
        {
            for (int c = 0; c < depth; c += Side)
            {
                int moreRows = Math.Min(H.Count, rows - row) - 1, moreColumns = Math.Min(Side, depth - c) - 1;
                int a1 = Math.Min(1, moreRows) * Lanes, a2 = Math.Min(2, moreRows) * Lanes, a3 = moreRows * Lanes;
                int b1 = Math.Min(1, moreColumns) * Lanes, b2 = Math.Min(2, moreColumns) * Lanes, b3 = moreColumns * Lanes;
                V s00 = L.Zero, s01 = L.Zero, s02 = L.Zero, s03 = L.Zero, s10 = L.Zero, s11 = L.Zero, s12 = L.Zero, s13 = L.Zero;
                V s20 = L.Zero, s21 = L.Zero, s22 = L.Zero, s23 = L.Zero, s30 = L.Zero, s31 = L.Zero, s32 = L.Zero, s33 = L.Zero;
                for (int panel = 0; panel < panels; panel++)
                {
                    T* x = a + panel * pitchA + row * Lanes, y = b + panel * pitchB + c * Lanes;
                    for (T* end = x + Lanes; x < end; x += L.Count, y += L.Count)
                    {
                        V y0 = L.Load(y), y1 = L.Load(y + b1), y2 = L.Load(y + b2), y3 = L.Load(y + b3);
                        MultiplyAdd(L.Load(x), y0, y1, y2, y3, ref s00, ref s01, ref s02, ref s03);
                        MultiplyAdd(L.Load(x + a1), y0, y1, y2, y3, ref s10, ref s11, ref s12, ref s13);
                        if (H.Count > 2)
                        {
                            MultiplyAdd(L.Load(x + a2), y0, y1, y2, y3, ref s20, ref s21, ref s22, ref s23);
                            MultiplyAdd(L.Load(x + a3), y0, y1, y2, y3, ref s30, ref s31, ref s32, ref s33);
                        }
                    }
                }
                Store(sums, s00, s01, s02, s03);
                Store(sums + Lanes, s10, s11, s12, s13);
                if (H.Count > 2)
                {
                    Store(sums + 2 * Lanes, s20, s21, s22, s23);
                    Store(sums + 3 * Lanes, s30, s31, s32, s33);
                }
                SumRows(sums, H.Count * Vectors);
                for (int i = 0; i <= moreRows; i++)
                {
                    for (int j = 0; j <= moreColumns; j++)
                        result[(row + i) * depth + c + j] += sums[i * Side + j];
                }
            }
        }
    }

    // The sum of each vector in front of them, side by side.
    private static void SumRows(T* vectors, int count)
    {
        if (typeof(V) == typeof(Vector512<float>))
        {
            SixteenSums((float*)vectors);
            return;
        }
        for (int i = 0; i < count; i++)
            vectors[i] = L.Sum(L.Load(vectors + i * L.Count));
    }

    // Two vectors become one of half sums of both, four times, so that no instruction serves a single sum.
    private static void SixteenSums(float* v)
    {
        Vector512<float> x = Quarters(v), y = Quarters(v + 16), z = Quarters(v + 32), w = Quarters(v + 48);
        Vector512<double> x64 = x.AsDouble(), y64 = y.AsDouble(), z64 = z.AsDouble(), w64 = w.AsDouble();
        x = Avx512F.UnpackLow(x64, y64).AsSingle() + Avx512F.UnpackHigh(x64, y64).AsSingle();
        z = Avx512F.UnpackLow(z64, w64).AsSingle() + Avx512F.UnpackHigh(z64, w64).AsSingle();
        Vector512.Store(Avx512F.Shuffle(x, z, 0x88) + Avx512F.Shuffle(x, z, 0xdd), v);
    }

    // Of every fourth vector: four elements each whose sum is that of the vector.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quarters(float* v)
    {
        Vector512<float> a = Vector512.Load(v), b = Vector512.Load(v + 64), c = Vector512.Load(v + 128), d = Vector512.Load(v + 192);
        a = Avx512F.Shuffle4x128(a, b, 0x44) + Avx512F.Shuffle4x128(a, b, 0xee);
        c = Avx512F.Shuffle4x128(c, d, 0x44) + Avx512F.Shuffle4x128(c, d, 0xee);
        return Avx512F.Shuffle4x128(a, c, 0x88) + Avx512F.Shuffle4x128(a, c, 0xdd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Start<S>(T* start, out V v0, out V v1, out V v2, out V v3) where S : struct, IStart
    {
        if (S.IsOfRows)
            v0 = v1 = v2 = v3 = L.Broadcast(*start);
        else
            Load(start, out v0, out v1, out v2, out v3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(T* source, out V v0, out V v1, out V v2, out V v3)
    {
        v0 = L.Load(source);
        v1 = L.Load(source + L.Count);
        v2 = L.Load(source + 2 * L.Count);
        v3 = L.Load(source + 3 * L.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* target, V v0, V v1, V v2, V v3)
    {
        L.Store(target, v0);
        L.Store(target + L.Count, v1);
        L.Store(target + 2 * L.Count, v2);
        L.Store(target + 3 * L.Count, v3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd(V a, V b0, V b1, V b2, V b3, ref V s0, ref V s1, ref V s2, ref V s3) =>
        (s0, s1, s2, s3) = (L.MultiplyAdd(a, b0, s0), L.MultiplyAdd(a, b1, s1), L.MultiplyAdd(a, b2, s2), L.MultiplyAdd(a, b3, s3));

    // What a product starts from: an element for each row or one for each element.
    private interface IStart
    {
        static abstract bool IsOfRows { get; }
    }

    private readonly struct OfRows : IStart
    {
        public static bool IsOfRows => true;
    }

    private readonly struct OfElements : IStart
    {
        public static bool IsOfRows => false;
    }

    // What becomes of it: it is stored, as it is or as weights.
    private interface IEnd
    {
        static abstract bool Weighs { get; }
    }

    private readonly struct Results : IEnd
    {
        public static bool Weighs => false;
    }

    private readonly struct Weights : IEnd
    {
        public static bool Weighs => true;
    }
}
