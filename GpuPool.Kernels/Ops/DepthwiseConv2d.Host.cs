using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.

internal partial struct DepthwiseForward<T>
{
    public readonly int Tiles => G.N * Bands;

    private readonly int BandRows => Normalisation.Exists ? NormalisedBand.Rows(G) : 1;

    private readonly int Bands => (G.Ho + BandRows - 1) / BandRows;

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int n = tile / Bands, first = tile % Bands * BandRows, end = Math.Min(G.Ho, first + BandRows);
        T* image = X.Pointer() + (long)n * G.H * G.W * G.C, target = Y.Pointer() + (long)n * G.Ho * G.Wo * G.C;
        if (Normalisation.Exists)
            image = NormalisedBand.Read<T, V, L>(Normalisation, image, G, first, end);
        var rows = new DepthwiseRow<T, V, L>(image, G.H, G.W, Weight.Pointer(), G, mirrored: false);
        for (int i = first; i < end; i++)
            rows.Run(i, target + (long)i * G.Wo * G.C, G.Wo);
    }
}

internal partial struct DepthwiseBackwardInput<T>
{
    public readonly int Tiles => G.N * G.H;

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* image = OutputGradient.Pointer() + (long)(tile / G.H) * G.Ho * G.Wo * G.C, target = Gradient.Pointer() + (long)tile * G.W * G.C;
        if (G.Stride == 1)
            new DepthwiseRow<T, V, L>(image, G.Ho, G.Wo, Weight.Pointer(), G, mirrored: true).Run(tile % G.H, target, G.W);
        else
            Strided<V, L>(image, tile % G.H, target);
    }

    private readonly unsafe void Strided<V, L>(T* image, int h, T* target) where V : struct where L : struct, ILanes<T, V>
    {
        T* zeros = HostScratch.Rent<T>(1, 2 * L.Count), aside = zeros + L.Count;
        new Span<T>(zeros, L.Count).Clear();
        // Odd columns but the last gather two pixels of dy, even ones a single pixel.
        int channels = G.C, pairs = G.Size == 3 && G.Stride == 2 && G.Padding == 1 && channels >= L.Count ? Math.Min(G.Wo - 1, G.W / 2) : 0;
        int k = (h + 1) % 2, i = (h + 1) / 2;
        nint pitch = channels, row = (nint)G.Wo * channels;
        T* weights = Weight.Pointer() + k * 3 * pitch, upper = i < G.Ho ? image + i * row : null, lower = k == 0 ? image + (i - 1) * row : null;
        for (int block = 0; block < channels; block += L.Count)
        {
            int c = Math.Min(block, Math.Max(0, channels - L.Count));
            if (pairs > 0)
            {
                Pairs<V, L>(upper is null ? zeros : upper + c, lower is null ? zeros : lower + c, upper is null ? 0 : pitch, lower is null ? 0 : pitch,
                    weights + c, k == 0 ? weights + 6 * pitch + c : weights + c, pitch, target + c, pairs);
            }
            for (int w = 2 * pairs; w < G.W; w++)
                Pixel<V, L>(image, h, w, c, target + (nint)w * channels + c, aside);
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
    private readonly unsafe void Pixel<V, L>(T* image, int h, int w, int c, T* target, T* aside) where V : struct where L : struct, ILanes<T, V>
    {
        T* weights = Weight.Pointer() + c;
        int channels = G.C, rowStep = G.Stride.Height, columnStep = G.Stride.Width;
        V sum = L.Zero;
        int left = (w + G.Padding.Width) / columnStep, firstTap = (w + G.Padding.Width) % columnStep;
        for (int k = (h + G.Padding.Height) % rowStep, i = (h + G.Padding.Height) / rowStep; k < G.Size.Height && i >= 0; k += rowStep, i--)
        {
            if (i >= G.Ho)
                continue;
            T* dy = image + (nint)i * G.Wo * channels + c, weight = weights + k * G.Size.Width * channels;
            for (int l = firstTap, j = left; l < G.Size.Width && j >= 0; l += columnStep, j--)
            {
                if (j < G.Wo)
                    sum = L.MultiplyAdd(L.Load(dy + (nint)j * channels), L.Load(weight + l * channels), sum);
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
    private readonly int PartLength => G.Taps * RowBlocks.Pitch(G.C);

    /// <summary>Sums of blocks of output pixels.</summary>
    public readonly int ScratchCount => RowBlocks.Count(G.OutputPixels) * PartLength;

    public readonly int Stages => 2;

    public readonly int StageTiles(int stage) => stage == 0 ? RowBlocks.Count(G.OutputPixels) : G.Taps;

    public readonly unsafe void RunTile(int stage, int tile, T* parts)
    {
        if (stage == 1)
            Reduce(tile, parts);
        else if (Vector512.IsHardwareAccelerated)
            Part<Vector512<T>, Lanes512<T>>(tile, parts);
        else
            Part<Vector256<T>, Lanes256<T>>(tile, parts);
    }

    private readonly unsafe void Part<V, L>(int block, T* parts) where V : struct where L : struct, ILanes<T, V>
    {
        (int start, int end) = RowBlocks.Range(block, G.OutputPixels);
        int pitch = RowBlocks.Pitch(G.C);
        T* sums = parts + (long)block * PartLength, zeros = HostScratch.Rent<T>(1, G.C), x = X.Pointer(), dy = OutputGradient.Pointer();
        new Span<T>(zeros, G.C + L.Count).Clear();
        new Span<T>(sums, PartLength).Clear();
        int bandRows = Normalisation.Exists ? NormalisedBand.Rows(G) : G.Ho;
        for (int pixel = start; pixel < end;)
        {
            int n = pixel / (G.Wo * G.Ho), first = pixel / G.Wo % G.Ho, bandEnd = Math.Min(end, (n * G.Ho + Math.Min(G.Ho, first + bandRows)) * G.Wo);
            T* image = x + (long)n * G.H * G.W * G.C;
            if (Normalisation.Exists)
                image = NormalisedBand.Read<T, V, L>(Normalisation, image, G, first, (bandEnd - 1) / G.Wo % G.Ho + 1);
            for (int c = 0; c < G.C; c += L.Count)
                Band<V, L>(image + c, dy + c, pixel, bandEnd, zeros, sums + c, pitch);
            pixel = bandEnd;
        }
    }

    // Pixels [pixel, end) of dy, all of one image.
    private readonly unsafe void Band<V, L>(T* image, T* dy, int pixel, int end, T* zeros, T* sums, int pitch) where V : struct where L : struct, ILanes<T, V>
    {
        while (pixel < end)
        {
            int j = pixel % G.Wo, columns = Math.Min(G.Wo - j, end - pixel), i = pixel / G.Wo % G.Ho;
            Row<V, L>(image, i * G.Stride.Height - G.Padding.Height, dy + (long)pixel * G.C, j, columns, zeros, sums, pitch);
            pixel += columns;
        }
    }

    // A part of one row of dy, pixels [j, j + columns).
    private readonly unsafe void Row<V, L>(T* image, int top, T* dy, int j, int columns, T* zeros, T* sums, int pitch) where V : struct where L : struct, ILanes<T, V>
    {
        nint step = G.C, line = (nint)G.W * G.C;
        if (G.Size != 3)
        {
            for (int column = 0; column < columns; column++)
                Pixel<V, L>(image, top, j + column, dy + column * step, sums, pitch);
            return;
        }
        int stride = G.Stride.Width, padding = G.Padding.Width, last = G.W - 3 + padding;
        int first = Math.Clamp((padding + stride - 1) / stride - j, 0, columns), end = last < 0 ? first : Math.Clamp(last / stride + 1 - j, first, columns);
        for (int column = 0; column < first; column++)
            Pixel<V, L>(image, top, j + column, dy + column * step, sums, pitch);
        if (first < end)
        {
            // A row outside the map is one pixel of zeros that is not left.
            bool inside0 = (uint)top < (uint)G.H, inside1 = (uint)(top + 1) < (uint)G.H, inside2 = (uint)(top + 2) < (uint)G.H;
            nint left = ((nint)(j + first) * stride - padding) * step;
            T* x = image + top * line + left;
            Three<V, L>(inside0 ? x : zeros, inside1 ? x + line : zeros, inside2 ? x + 2 * line : zeros, inside0 ? step : 0, inside1 ? step : 0, inside2 ? step : 0, stride,
                dy + first * step, step, end - first, sums, pitch);
        }
        for (int column = end; column < columns; column++)
            Pixel<V, L>(image, top, j + column, dy + column * step, sums, pitch);
    }

    // Sums of all nine taps of a 3x3 kernel stay in registers along the row. No call may stand in this method: around one the JIT compiler keeps all vectors in memory.
    private static unsafe void Three<V, L>(
        T* row0, T* row1, T* row2, nint step0, nint step1, nint step2, nint stride, T* dy, nint dyStep, int count, T* sums, nint pitch)
        where V : struct where L : struct, ILanes<T, V>
    {
        T* sums1 = sums + 3 * pitch, sums2 = sums + 6 * pitch;
        V s00 = L.Load(sums), s01 = L.Load(sums + pitch), s02 = L.Load(sums + 2 * pitch);
        V s10 = L.Load(sums1), s11 = L.Load(sums1 + pitch), s12 = L.Load(sums1 + 2 * pitch);
        V s20 = L.Load(sums2), s21 = L.Load(sums2 + pitch), s22 = L.Load(sums2 + 2 * pitch);
        nint advance0 = step0 * stride, advance1 = step1 * stride, advance2 = step2 * stride;
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
    private readonly unsafe void Pixel<V, L>(T* image, int top, int j, T* dy, T* sums, int pitch) where V : struct where L : struct, ILanes<T, V>
    {
        V g = L.Load(dy);
        int left = j * G.Stride.Width - G.Padding.Width;
        for (int k = Math.Max(0, -top); k < G.Size.Height && top + k < G.H; k++)
        {
            for (int l = Math.Max(0, -left); l < G.Size.Width && left + l < G.W; l++)
            {
                T* sum = sums + (k * G.Size.Width + l) * pitch;
                L.Store(sum, L.MultiplyAdd(L.Load(image + ((nint)(top + k) * G.W + left + l) * G.C), g, L.Load(sum)));
            }
        }
    }

    private readonly unsafe void Reduce(int tap, T* parts)
    {
        int pitch = RowBlocks.Pitch(G.C), blocks = RowBlocks.Count(G.OutputPixels);
        T* sums = parts + tap * pitch, gradient = Gradient.Pointer() + tap * G.C;
        for (int c = 0; c < G.C; c++)
        {
            T sum = T.Zero;
            for (int block = 0; block < blocks; block++)
                sum += sums[(long)block * PartLength + c];
            gradient[c] = sum;
        }
    }
}
