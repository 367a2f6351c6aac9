using System.Numerics;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.

/// <summary>How the rows of the output are cut into tiles. Where those of the input are computed as they are read, both ends of a tile compute some for their neighbour as well.</summary>
internal static class DepthwiseTiles
{
    /// <summary>Scratch for rows of x and of dy.</summary>
    public const int InputSlot = 2;

    /// <inheritdoc cref="InputSlot"/>
    public const int GradientSlot = 3;

    private const int FewRows = 8;
    private const int FewPixels = 32;
    private const int FewTiles = 16;
    private const int MostTiles = 64;

    /// <summary>Rows of the output, of all images, in a tile; the last may have fewer. It depends on the extents alone.</summary>
    public static int Rows(in ConvolutionGeometry g)
    {
        int rows = g.N * g.Ho;
        return Math.Max(Math.Max((rows + MostTiles - 1) / MostTiles, (FewPixels + g.Wo - 1) / g.Wo), Math.Clamp(rows / FewTiles, 1, FewRows));
    }

    /// <summary>Bounds of results that are stored as they are.</summary>
    public static (T Lower, T Upper) NoBounds<T>() where T : INumber<T> => (T.CreateChecked(double.NegativeInfinity), T.CreateChecked(double.PositiveInfinity));

    public static int Count(in ConvolutionGeometry g) => (g.N * g.Ho + Rows(g) - 1) / Rows(g);

    public static (int Start, int End) Range(int tile, in ConvolutionGeometry g) => (tile * Rows(g), Math.Min(g.N * g.Ho, (tile + 1) * Rows(g)));
}

internal partial struct DepthwiseForward<T>
{
    public readonly int Tiles => DepthwiseTiles.Count(G);

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        (int row, int end) = DepthwiseTiles.Range(tile, G);
        var x = new MapRows<T, V, L>(X.Pointer(), Normalisation, G.H, G.W, G.C, G.Size.Height + 1, DepthwiseTiles.InputSlot);
        for (int rows; row < end; row += rows)
        {
            int i = row % G.Ho, top = i * G.Stride.Height - G.Padding.Height;
            rows = DepthwisePair<T, V, L>.Rows(G, i, end - row);
            x.Move(row / G.Ho, top, top + G.Size.Height + rows - 1);
            T* target = Y.Pointer() + (long)row * G.Wo * G.C;
            if (DepthwisePair<T, V, L>.Suits(G))
                DepthwisePair<T, V, L>.Run(G, x, Weight.Pointer(), mirrored: false, null, DepthwiseTiles.NoBounds<T>(), target, i, rows, new(0, G.C));
            else
                new DepthwiseRow<T, V, L>(x, G.H, G.W, Weight.Pointer(), G, mirrored: false).Run(i, target, G.Wo, new(0, G.C));
        }
    }
}

internal partial struct DepthwiseBackwardInput<T>
{
    private const int AsideSlot = 1;

    // Two rows each, where there are two.
    public readonly int Tiles => G.N * PairsOfImage;

    private readonly int PairsOfImage => (G.H + 1) / 2;

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        var dy = new MapRows<T, V, L>(OutputGradient.Pointer(), default, G.Ho, G.Wo, G.C, G.Size.Height, DepthwiseTiles.GradientSlot);
        (int image, int h) = (tile / PairsOfImage, tile % PairsOfImage * 2);
        dy.Move(image, 0, G.Ho);
        Rows(dy, image, h, Math.Min(G.H, h + 2));
    }

    /// <summary>Rows [h, end) of dx of an image, two at most where the stride is 1.</summary>
    public readonly unsafe void Rows<V, L>(in MapRows<T, V, L> dy, int image, int h, int end) where V : struct where L : struct, ILanes<T, V>
    {
        T* target = Gradient.Pointer() + ((long)image * G.H + h) * G.W * G.C;
        if (DepthwisePair<T, V, L>.Suits(G))
        {
            DepthwisePair<T, V, L>.Run(G, dy, Weight.Pointer(), mirrored: true, null, DepthwiseTiles.NoBounds<T>(), target, h, end - h, new(0, G.C));
            return;
        }
        for (; h < end; h++, target += (long)G.W * G.C)
            Row(dy, h, target);
    }

    private readonly unsafe void Row<V, L>(in MapRows<T, V, L> dy, int h, T* target) where V : struct where L : struct, ILanes<T, V>
    {
        if (G.Stride == 1)
            new DepthwiseRow<T, V, L>(dy, G.Ho, G.Wo, Weight.Pointer(), G, mirrored: true).Run(h, target, G.W, new(0, G.C));
        else
            Strided(dy, h, target);
    }

    private readonly unsafe void Strided<V, L>(in MapRows<T, V, L> dy, int h, T* target) where V : struct where L : struct, ILanes<T, V>
    {
        T* zeros = HostScratch.Zeros<T>(G.C), aside = HostScratch.Rent<T>(AsideSlot, L.Count);
        // Odd columns gather two pixels of dy, even ones a single pixel; behind the last one are zeros.
        int channels = G.C, pairs = G.Size == 3 && G.Stride == 2 && G.Padding == 1 && channels >= L.Count ? G.W / 2 : 0, whole = Math.Min(pairs, G.Wo - 1);
        int k = (h + 1) % 2, i = (h + 1) / 2;
        nint pitch = channels;
        T* weights = Weight.Pointer() + k * 3 * pitch, upper = i < G.Ho ? dy.Row(i) : null, lower = k == 0 ? dy.Row(i - 1) : null;
        for (int block = 0; block < channels; block += L.Count)
        {
            int c = Math.Min(block, Math.Max(0, channels - L.Count));
            if (pairs > 0)
            {
                T* a = upper is null ? zeros : upper + c, b = lower is null ? zeros : lower + c, lowerWeights = k == 0 ? weights + 6 * pitch + c : weights + c;
                nint stepA = upper is null ? 0 : pitch, stepB = lower is null ? 0 : pitch;
                Pairs<V, L>(a, b, stepA, stepB, weights + c, lowerWeights, pitch, target + c, whole);
                a += whole * stepA;
                b += whole * stepB;
                Pairs<V, L>(a, b, (nint)(zeros - a), (nint)(zeros - b), weights + c, lowerWeights, pitch, target + 2 * whole * pitch + c, pairs - whole);
            }
            for (int w = 2 * pairs; w < G.W; w++)
                Pixel(dy, h, w, c, target + (nint)w * channels + c, aside);
        }
    }

    // Two rows of dy meet a row of dx, or one and a row of zeros. No call may stand in this method: around one the JIT compiler keeps all vectors in memory.
    private static unsafe void Pairs<V, L>(T* upper, T* lower, nint upperStep, nint lowerStep, T* upperWeights, T* lowerWeights, nint pitch, T* target, int count)
        where V : struct where L : struct, ILanes<T, V>
    {
        V u0 = L.Load(upperWeights), u1 = L.Load(upperWeights + pitch), u2 = L.Load(upperWeights + 2 * pitch);
        V l0 = L.Load(lowerWeights), l1 = L.Load(lowerWeights + pitch), l2 = L.Load(lowerWeights + 2 * pitch);
        V a = L.Load(upper), b = L.Load(lower);
        for (; count > 0; count--)
        {
            upper += upperStep;
            lower += lowerStep;
            V nextA = L.Load(upper), nextB = L.Load(lower);
            L.Store(target, L.MultiplyAdd(b, l1, L.MultiplyAdd(a, u1, L.Zero)));
            L.Store(target + pitch, L.MultiplyAdd(b, l2, L.MultiplyAdd(nextB, l0, L.MultiplyAdd(a, u2, L.MultiplyAdd(nextA, u0, L.Zero)))));
            (a, b) = (nextA, nextB);
            target += 2 * pitch;
        }
    }

    // Only the taps that meet this row and column are visited: those of the residues (h + p) mod s and (w + p) mod s of each axis.
    private readonly unsafe void Pixel<V, L>(in MapRows<T, V, L> dy, int h, int w, int c, T* target, T* aside) where V : struct where L : struct, ILanes<T, V>
    {
        T* weights = Weight.Pointer() + c;
        int channels = G.C, rowStep = G.Stride.Height, columnStep = G.Stride.Width;
        V sum = L.Zero;
        int left = (w + G.Padding.Width) / columnStep, firstTap = (w + G.Padding.Width) % columnStep;
        for (int k = (h + G.Padding.Height) % rowStep, i = (h + G.Padding.Height) / rowStep; k < G.Size.Height && i >= 0; k += rowStep, i--)
        {
            if (i >= G.Ho)
                continue;
            T* row = dy.Row(i) + c, weight = weights + k * G.Size.Width * channels;
            for (int l = firstTap, j = left; l < G.Size.Width && j >= 0; l += columnStep, j--)
            {
                if (j < G.Wo)
                    sum = L.MultiplyAdd(L.Load(row + (nint)j * channels), L.Load(weight + l * channels), sum);
            }
        }
        bool whole = channels >= L.Count;
        L.Store(whole ? target : aside, sum);
        for (int channel = whole ? channels : 0; channel < channels; channel++)
            target[channel] = aside[channel];
    }
}

internal partial struct DepthwiseBackwardWeight<T>
{
    /// <summary>Elements of the sums of one part.</summary>
    public readonly int PartLength => G.Taps * RowBlocks.Pitch(G.C);

    /// <summary>Sums of tiles of rows.</summary>
    public readonly int ScratchCount => checked(DepthwiseTiles.Count(G) * PartLength);

    public readonly int Stages => 2;

    public readonly int StageTiles(int stage) => stage == 0 ? DepthwiseTiles.Count(G) : G.Taps;

    public readonly unsafe void RunTile(int stage, int tile, T* parts)
    {
        if (stage == 1)
            Reduce(tile, parts);
        else if (Vector512.IsHardwareAccelerated)
            Part<Vector512<T>, Lanes512<T>>(tile, parts + (long)tile * PartLength);
        else
            Part<Vector256<T>, Lanes256<T>>(tile, parts + (long)tile * PartLength);
    }

    private readonly unsafe void Part<V, L>(int tile, T* sums) where V : struct where L : struct, ILanes<T, V>
    {
        new Span<T>(sums, PartLength).Clear();
        var x = new MapRows<T, V, L>(X.Pointer(), Normalisation, G.H, G.W, G.C, G.Size.Height, DepthwiseTiles.InputSlot);
        for ((int row, int end) = DepthwiseTiles.Range(tile, G); row < end; row++)
        {
            int top = row % G.Ho * G.Stride.Height - G.Padding.Height;
            x.Move(row / G.Ho, top, top + G.Size.Height);
            Row(x, top, OutputGradient.Pointer() + (long)row * G.Wo * G.C, sums);
        }
    }

    /// <summary>Adds what one row of dy gives, whose windows begin in row top of x.</summary>
    public readonly unsafe void Row<V, L>(in MapRows<T, V, L> x, int top, T* dy, T* sums) where V : struct where L : struct, ILanes<T, V>
    {
        T* zeros = HostScratch.Zeros<T>(G.C);
        for (int c = 0; c < G.C; c += L.Count)
            Channels(x, c, top, dy + c, zeros, sums + c);
    }

    private readonly unsafe void Channels<V, L>(in MapRows<T, V, L> x, int c, int top, T* dy, T* zeros, T* sums) where V : struct where L : struct, ILanes<T, V>
    {
        nint step = G.C, pitch = RowBlocks.Pitch(G.C);
        int stride = G.Stride.Width, padding = G.Padding.Width, last = G.W - 3 + padding;
        int first = G.Size == 3 ? Math.Min((padding + stride - 1) / stride, G.Wo) : G.Wo, end = last < 0 ? first : Math.Clamp(last / stride + 1, first, G.Wo);
        // With one column of padding the windows at both ends of a row lack one column.
        bool inRegisters = first < end && padding == 1;
        for (int column = 0; column < first && !inRegisters; column++)
            Pixel(x, c, top, column, dy + column * step, sums, pitch);
        if (first < end)
        {
            // A row outside the map is one pixel of zeros that is not left.
            bool inside0 = (uint)top < (uint)G.H, inside1 = (uint)(top + 1) < (uint)G.H, inside2 = (uint)(top + 2) < (uint)G.H;
            nint left = ((nint)first * stride - padding) * step + c;
            Three<V, L>(inside0 ? x.Row(top) + left : zeros, inside1 ? x.Row(top + 1) + left : zeros, inside2 ? x.Row(top + 2) + left : zeros,
                inside0 ? step : 0, inside1 ? step : 0, inside2 ? step : 0, stride, dy + first * step, step, end - first, inRegisters, inRegisters && end < G.Wo, sums, pitch);
        }
        for (int column = end; column < G.Wo && !inRegisters; column++)
            Pixel(x, c, top, column, dy + column * step, sums, pitch);
    }

    // Sums of all nine taps of a 3x3 kernel stay in registers along the row. No call may stand in this method: around one the JIT compiler keeps all vectors in memory.
    private static unsafe void Three<V, L>(
        T* row0, T* row1, T* row2, nint step0, nint step1, nint step2, nint stride, T* dy, nint dyStep, int count, bool before, bool behind, T* sums, nint pitch)
        where V : struct where L : struct, ILanes<T, V>
    {
        T* sums1 = sums + 3 * pitch, sums2 = sums + 6 * pitch;
        V s00 = L.Load(sums), s01 = L.Load(sums + pitch), s02 = L.Load(sums + 2 * pitch);
        V s10 = L.Load(sums1), s11 = L.Load(sums1 + pitch), s12 = L.Load(sums1 + 2 * pitch);
        V s20 = L.Load(sums2), s21 = L.Load(sums2 + pitch), s22 = L.Load(sums2 + 2 * pitch);
        nint advance0 = step0 * stride, advance1 = step1 * stride, advance2 = step2 * stride;
        if (before)
        {
            V g = L.Load(dy - dyStep);
            s01 = L.MultiplyAdd(L.Load(row0 + step0 - advance0), g, s01);
            s02 = L.MultiplyAdd(L.Load(row0 + 2 * step0 - advance0), g, s02);
            s11 = L.MultiplyAdd(L.Load(row1 + step1 - advance1), g, s11);
            s12 = L.MultiplyAdd(L.Load(row1 + 2 * step1 - advance1), g, s12);
            s21 = L.MultiplyAdd(L.Load(row2 + step2 - advance2), g, s21);
            s22 = L.MultiplyAdd(L.Load(row2 + 2 * step2 - advance2), g, s22);
        }
        for (; count > 0; count--)
        {
            V g = L.Load(dy);
            s00 = L.MultiplyAdd(L.Load(row0), g, s00);
            s01 = L.MultiplyAdd(L.Load(row0 + step0), g, s01);
            s02 = L.MultiplyAdd(L.Load(row0 + 2 * step0), g, s02);
            s10 = L.MultiplyAdd(L.Load(row1), g, s10);
            s11 = L.MultiplyAdd(L.Load(row1 + step1), g, s11);
            s12 = L.MultiplyAdd(L.Load(row1 + 2 * step1), g, s12);
            s20 = L.MultiplyAdd(L.Load(row2), g, s20);
            s21 = L.MultiplyAdd(L.Load(row2 + step2), g, s21);
            s22 = L.MultiplyAdd(L.Load(row2 + 2 * step2), g, s22);
            dy += dyStep;
            row0 += advance0;
            row1 += advance1;
            row2 += advance2;
        }
        if (behind)
        {
            V g = L.Load(dy);
            s00 = L.MultiplyAdd(L.Load(row0), g, s00);
            s01 = L.MultiplyAdd(L.Load(row0 + step0), g, s01);
            s10 = L.MultiplyAdd(L.Load(row1), g, s10);
            s11 = L.MultiplyAdd(L.Load(row1 + step1), g, s11);
            s20 = L.MultiplyAdd(L.Load(row2), g, s20);
            s21 = L.MultiplyAdd(L.Load(row2 + step2), g, s21);
        }
        L.Store(sums, s00);
        L.Store(sums + pitch, s01);
        L.Store(sums + 2 * pitch, s02);
        L.Store(sums1, s10);
        L.Store(sums1 + pitch, s11);
        L.Store(sums1 + 2 * pitch, s12);
        L.Store(sums2, s20);
        L.Store(sums2 + pitch, s21);
        L.Store(sums2 + 2 * pitch, s22);
    }

    // All taps that meet the map from one pixel of dy.
    private readonly unsafe void Pixel<V, L>(in MapRows<T, V, L> x, int c, int top, int j, T* dy, T* sums, nint pitch) where V : struct where L : struct, ILanes<T, V>
    {
        V g = L.Load(dy);
        int left = j * G.Stride.Width - G.Padding.Width;
        for (int k = Math.Max(0, -top); k < G.Size.Height && top + k < G.H; k++)
        {
            for (int l = Math.Max(0, -left); l < G.Size.Width && left + l < G.W; l++)
            {
                T* sum = sums + (k * G.Size.Width + l) * pitch;
                L.Store(sum, L.MultiplyAdd(L.Load(x.Row(top + k) + (nint)(left + l) * G.C + c), g, L.Load(sum)));
            }
        }
    }

    /// <summary>Sums up the parts of one tap.</summary>
    public readonly unsafe void Reduce(int tap, T* parts) =>
        RowBlocks.AddUp(parts + tap * RowBlocks.Pitch(G.C), DepthwiseTiles.Count(G), PartLength, new Span<T>(Gradient.Pointer() + tap * G.C, G.C));
}
