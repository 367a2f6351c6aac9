using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GpuPool.Kernels.Host;

/// <summary>Vectors in a row of a tile, or rows of it, as a type, so that the JIT compiler drops the registers that are not there.</summary>
internal interface ITileSide
{
    static abstract int Count { get; }
}

internal readonly struct One : ITileSide
{
    public static int Count => 1;
}

internal readonly struct Two : ITileSide
{
    public static int Count => 2;
}

internal readonly struct Three : ITileSide
{
    public static int Count => 3;
}

internal readonly struct Four : ITileSide
{
    public static int Count => 4;
}

internal readonly struct Six : ITileSide
{
    public static int Count => 6;
}

/// <summary>
/// The micro-kernels of all matrix products: six rows times one to four vectors of columns, accumulated in registers. Six rows by four vectors
/// take 24 accumulators, four operands and one broadcast of the 32 registers of AVX-512; six by two fit the 16 of AVX2. A last tile of up to four rows
/// has a kernel of its own.
/// </summary>
/// <remarks>
/// Assumes: pointers into host memory; a load of a whole vector behind the last column stays inside readable memory (arrays have slack, panels are
/// filled up). Nothing here may call a method that is not inlined: around a call the JIT compiler keeps all accumulators in memory, at a third of the speed.
/// </remarks>
internal static unsafe class ProductTile
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 6;

    /// <summary>c[r] = start + sum over taps t and k of a[t, r][k] b[t][k]: rows that are gathered, times rows of a panel, for one tile of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="firstTap">First tap.</param>
    /// <param name="taps">Number of taps.</param>
    /// <param name="offset">First element of each gathered row.</param>
    /// <param name="depth">Elements of each gathered row.</param>
    public static void MultiplyRows<T, V, L, W, H, E>(in ProductBlock<T> block, int tile, int firstTap, int taps, int offset, int depth)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where W : struct, ITileSide where H : struct, ITileSide where E : struct, IEpilogue
    {
        T** a = block.Pointers + (tile * block.Taps + firstTap) * Rows, targets = block.Targets + tile * Rows;
        int column = block.Column;
        T* c0 = targets[0] + column, c1 = targets[1] + column, c2 = targets[2] + column, c3 = targets[3] + column, c4 = targets[4] + column, c5 = targets[5] + column;
        T* start = block.Start, panel = block.Panel;
        if (start is not null)
        {
            Fetch<T, V, L, W>(c0);
            Fetch<T, V, L, W>(c1);
            Fetch<T, V, L, W>(c2);
            Fetch<T, V, L, W>(c3);
            if (H.Count > 4)
            {
                Fetch<T, V, L, W>(c4);
                Fetch<T, V, L, W>(c5);
            }
        }
        int* panelRows = block.PanelRow + firstTap;
        nint panelPitch = block.PanelPitch, ahead = 2 * tile < W.Count ? block.Ahead + 2 * tile * L.Count : 0;
        T* s0 = start is null ? c0 : start, s1 = start is null ? c1 : start, s2 = start is null ? c2 : start;
        T* s3 = start is null ? c3 : start, s4 = start is null ? c4 : start, s5 = start is null ? c5 : start;
        V c00 = L.Load(s0), c10 = L.Load(s1), c20 = L.Load(s2), c30 = L.Load(s3), c40 = H.Count > 4 ? L.Load(s4) : c00, c50 = H.Count > 4 ? L.Load(s5) : c00;
        V c01 = W.Count > 1 ? Next<T, V, L>(s0, 1) : c00, c11 = W.Count > 1 ? Next<T, V, L>(s1, 1) : c10, c21 = W.Count > 1 ? Next<T, V, L>(s2, 1) : c20;
        V c31 = W.Count > 1 ? Next<T, V, L>(s3, 1) : c30, c41 = H.Count > 4 && W.Count > 1 ? Next<T, V, L>(s4, 1) : c40, c51 = H.Count > 4 && W.Count > 1 ? Next<T, V, L>(s5, 1) : c50;
        V c02 = W.Count > 2 ? Next<T, V, L>(s0, 2) : c00, c12 = W.Count > 2 ? Next<T, V, L>(s1, 2) : c10, c22 = W.Count > 2 ? Next<T, V, L>(s2, 2) : c20;
        V c32 = W.Count > 2 ? Next<T, V, L>(s3, 2) : c30, c42 = H.Count > 4 && W.Count > 2 ? Next<T, V, L>(s4, 2) : c40, c52 = H.Count > 4 && W.Count > 2 ? Next<T, V, L>(s5, 2) : c50;
        V c03 = W.Count > 3 ? Next<T, V, L>(s0, 3) : c00, c13 = W.Count > 3 ? Next<T, V, L>(s1, 3) : c10, c23 = W.Count > 3 ? Next<T, V, L>(s2, 3) : c20;
        V c33 = W.Count > 3 ? Next<T, V, L>(s3, 3) : c30, c43 = H.Count > 4 && W.Count > 3 ? Next<T, V, L>(s4, 3) : c40, c53 = H.Count > 4 && W.Count > 3 ? Next<T, V, L>(s5, 3) : c50;
        for (int tap = 0; tap < taps; tap++, a += Rows)
        {
            T* a0 = a[0] + offset, a1 = a[1] + offset, a2 = a[2] + offset, a3 = a[3] + offset, a4 = a[4] + offset, a5 = a[5] + offset;
            T* b = panel + (panelRows[tap] + offset) * panelPitch;
            for (int k = 0; k < depth; k++, b += panelPitch)
            {
                V b0 = L.Load(b), b1 = W.Count > 1 ? Next<T, V, L>(b, 1) : b0, b2 = W.Count > 2 ? Next<T, V, L>(b, 2) : b0, b3 = W.Count > 3 ? Next<T, V, L>(b, 3) : b0;
                FetchAhead<T, V, L, W>(b + ahead);
                V x = L.Broadcast(a0[k]);
                Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c00, ref c01, ref c02, ref c03);
                x = L.Broadcast(a1[k]);
                Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c10, ref c11, ref c12, ref c13);
                x = L.Broadcast(a2[k]);
                Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c20, ref c21, ref c22, ref c23);
                x = L.Broadcast(a3[k]);
                Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c30, ref c31, ref c32, ref c33);
                if (H.Count > 4)
                {
                    x = L.Broadcast(a4[k]);
                    Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c40, ref c41, ref c42, ref c43);
                    x = L.Broadcast(a5[k]);
                    Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c50, ref c51, ref c52, ref c53);
                }
            }
        }
        if (E.Exists)
        {
            T* residual = block.Epilogue.Residual;
            V lower = L.Broadcast(block.Epilogue.Lower), upper = L.Broadcast(block.Epilogue.Upper);
            Finish<T, V, L, W>(residual is null ? null : residual + (c0 - block.Epilogue.Target), lower, upper, ref c00, ref c01, ref c02, ref c03);
            Finish<T, V, L, W>(residual is null ? null : residual + (c1 - block.Epilogue.Target), lower, upper, ref c10, ref c11, ref c12, ref c13);
            Finish<T, V, L, W>(residual is null ? null : residual + (c2 - block.Epilogue.Target), lower, upper, ref c20, ref c21, ref c22, ref c23);
            Finish<T, V, L, W>(residual is null ? null : residual + (c3 - block.Epilogue.Target), lower, upper, ref c30, ref c31, ref c32, ref c33);
            if (H.Count > 4)
            {
                Finish<T, V, L, W>(residual is null ? null : residual + (c4 - block.Epilogue.Target), lower, upper, ref c40, ref c41, ref c42, ref c43);
                Finish<T, V, L, W>(residual is null ? null : residual + (c5 - block.Epilogue.Target), lower, upper, ref c50, ref c51, ref c52, ref c53);
            }
        }
        T* aside = block.Aside;
        int last = block.LastColumns;
        Store<T, V, L, W>(c0, c00, c01, c02, c03, last, aside);
        Store<T, V, L, W>(c1, c10, c11, c12, c13, last, aside);
        Store<T, V, L, W>(c2, c20, c21, c22, c23, last, aside);
        Store<T, V, L, W>(c3, c30, c31, c32, c33, last, aside);
        if (H.Count > 4)
        {
            Store<T, V, L, W>(c4, c40, c41, c42, c43, last, aside);
            Store<T, V, L, W>(c5, c50, c51, c52, c53, last, aside);
        }
    }

    /// <summary>c[r] = sum over p of a[p][r] b[p], or c[r] += that sum: six neighbouring elements of each gathered row, times rows of a panel (an outer product summed up).</summary>
    /// <param name="a">One row pointer for each p.</param>
    /// <param name="offset">First of the six elements.</param>
    /// <param name="count">Number of rows p.</param>
    /// <param name="panel">Panel of the right-hand rows.</param>
    /// <param name="panelPitch">Elements from one of them to the next.</param>
    /// <param name="c">First row of the result; whole vectors are stored.</param>
    /// <param name="pitch">Elements from one row of the result to the next.</param>
    /// <param name="rows">Rows that are stored.</param>
    /// <param name="adds">Whether the sums are added to what stands there.</param>
    public static void MultiplyColumns<T, V, L, W>(T** a, int offset, int count, T* panel, nint panelPitch, T* c, long pitch, int rows, bool adds)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where W : struct, ITileSide
    {
        V c00 = L.Zero, c10 = L.Zero, c20 = L.Zero, c30 = L.Zero, c40 = L.Zero, c50 = L.Zero;
        V c01 = L.Zero, c11 = L.Zero, c21 = L.Zero, c31 = L.Zero, c41 = L.Zero, c51 = L.Zero;
        V c02 = L.Zero, c12 = L.Zero, c22 = L.Zero, c32 = L.Zero, c42 = L.Zero, c52 = L.Zero;
        V c03 = L.Zero, c13 = L.Zero, c23 = L.Zero, c33 = L.Zero, c43 = L.Zero, c53 = L.Zero;
        T* b = panel;
        for (int p = 0; p < count; p++, b += panelPitch)
        {
            T* row = a[p] + offset;
            V b0 = L.Load(b), b1 = W.Count > 1 ? Next<T, V, L>(b, 1) : b0, b2 = W.Count > 2 ? Next<T, V, L>(b, 2) : b0, b3 = W.Count > 3 ? Next<T, V, L>(b, 3) : b0;
            V x = L.Broadcast(row[0]);
            Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c00, ref c01, ref c02, ref c03);
            x = L.Broadcast(row[1]);
            Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c10, ref c11, ref c12, ref c13);
            x = L.Broadcast(row[2]);
            Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c20, ref c21, ref c22, ref c23);
            x = L.Broadcast(row[3]);
            Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c30, ref c31, ref c32, ref c33);
            x = L.Broadcast(row[4]);
            Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c40, ref c41, ref c42, ref c43);
            x = L.Broadcast(row[5]);
            Accumulate<T, V, L, W>(x, b0, b1, b2, b3, ref c50, ref c51, ref c52, ref c53);
        }
        Add<T, V, L, W>(c, c00, c01, c02, c03, adds);
        if (rows > 1)
            Add<T, V, L, W>(c + pitch, c10, c11, c12, c13, adds);
        if (rows > 2)
            Add<T, V, L, W>(c + 2 * pitch, c20, c21, c22, c23, adds);
        if (rows > 3)
            Add<T, V, L, W>(c + 3 * pitch, c30, c31, c32, c33, adds);
        if (rows > 4)
            Add<T, V, L, W>(c + 4 * pitch, c40, c41, c42, c43, adds);
        if (rows > 5)
            Add<T, V, L, W>(c + 5 * pitch, c50, c51, c52, c53, adds);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Next<T, V, L>(T* row, int vector) where T : unmanaged where V : struct where L : struct, ILanes<T, V> => L.Load(row + vector * L.Count);

    // Where results go is fetched while they are computed: a store would wait for its line.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<T, V, L, W>(T* c) where T : unmanaged where V : struct where L : struct, ILanes<T, V> where W : struct, ITileSide
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(c);
        if (W.Count > 1)
            Sse.Prefetch0(c + L.Count);
        if (W.Count > 2)
            Sse.Prefetch0(c + 2 * L.Count);
        if (W.Count > 3)
            Sse.Prefetch0(c + 3 * L.Count);
    }

    // What the next slice reads is brought to the second-level cache, two vectors of each row by each of the first tiles: the first tile of a slice would wait for
    // the others' caches, as long as two tiles compute.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchAhead<T, V, L, W>(T* b) where T : unmanaged where V : struct where L : struct, ILanes<T, V> where W : struct, ITileSide
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch1(b);
        if (W.Count > 1)
            Sse.Prefetch1(b + L.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate<T, V, L, W>(V x, V b0, V b1, V b2, V b3, ref V c0, ref V c1, ref V c2, ref V c3)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where W : struct, ITileSide
    {
        c0 = L.MultiplyAdd(x, b0, c0);
        if (W.Count > 1)
            c1 = L.MultiplyAdd(x, b1, c1);
        if (W.Count > 2)
            c2 = L.MultiplyAdd(x, b2, c2);
        if (W.Count > 3)
            c3 = L.MultiplyAdd(x, b3, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<T, V, L, W>(T* residual, V lower, V upper, ref V c0, ref V c1, ref V c2, ref V c3)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where W : struct, ITileSide
    {
        if (residual is not null)
        {
            c0 = L.Add(c0, L.Load(residual));
            if (W.Count > 1)
                c1 = L.Add(c1, Next<T, V, L>(residual, 1));
            if (W.Count > 2)
                c2 = L.Add(c2, Next<T, V, L>(residual, 2));
            if (W.Count > 3)
                c3 = L.Add(c3, Next<T, V, L>(residual, 3));
        }
        c0 = L.Min(upper, L.Max(lower, c0));
        if (W.Count > 1)
            c1 = L.Min(upper, L.Max(lower, c1));
        if (W.Count > 2)
            c2 = L.Min(upper, L.Max(lower, c2));
        if (W.Count > 3)
            c3 = L.Min(upper, L.Max(lower, c3));
    }

    // The last vector of the last panel would run into the next pixel: only the columns that exist are stored.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T, V, L, W>(T* c, V v0, V v1, V v2, V v3, int last, T* aside)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where W : struct, ITileSide
    {
        if (W.Count > 1)
            L.Store(c, v0);
        if (W.Count > 2)
            L.Store(c + L.Count, v1);
        if (W.Count > 3)
            L.Store(c + 2 * L.Count, v2);
        V v = W.Count == 1 ? v0 : W.Count == 2 ? v1 : W.Count == 3 ? v2 : v3;
        c += (W.Count - 1) * L.Count;
        if (last == L.Count)
            L.Store(c, v);
        else if (2 * last == L.Count)
            L.StoreHalf(c, v);
        else
        {
            L.Store(aside, v);
            for (int column = 0; column < last; column++)
                c[column] = aside[column];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T, V, L, W>(T* c, V v0, V v1, V v2, V v3, bool adds)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V> where W : struct, ITileSide
    {
        L.Store(c, adds ? L.Add(L.Load(c), v0) : v0);
        if (W.Count > 1)
            L.Store(c + L.Count, adds ? L.Add(Next<T, V, L>(c, 1), v1) : v1);
        if (W.Count > 2)
            L.Store(c + 2 * L.Count, adds ? L.Add(Next<T, V, L>(c, 2), v2) : v2);
        if (W.Count > 3)
            L.Store(c + 3 * L.Count, adds ? L.Add(Next<T, V, L>(c, 3), v3) : v3);
    }
}
