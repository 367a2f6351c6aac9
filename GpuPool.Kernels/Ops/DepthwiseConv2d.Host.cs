using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.

internal partial struct DepthwiseForward<T>
{
    public readonly int Tiles => G.N * G.Ho;

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* image = X.Pointer() + (long)(tile / G.Ho) * G.H * G.W * G.C;
        new DepthwiseRow<T, V, L>(image, G.H, G.W, Weight.Pointer(), G, mirrored: false).Run(tile % G.Ho, Y.Pointer() + (long)tile * G.Wo * G.C, G.Wo);
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

    // Only the taps that meet this row and column are visited: those of the residues (h + p) mod s and (w + p) mod s of each axis.
    private readonly unsafe void Strided<V, L>(T* image, int h, T* target) where V : struct where L : struct, ILanes<T, V>
    {
        T* aside = HostScratch.Rent<T>(1, L.Count), weights = Weight.Pointer();
        int channels = G.C, rowStep = G.Stride.Height, columnStep = G.Stride.Width;
        bool whole = channels >= L.Count;
        for (int block = 0; block < channels; block += L.Count)
        {
            int c = Math.Min(block, Math.Max(0, channels - L.Count));
            for (int w = 0; w < G.W; w++)
            {
                V sum = L.Zero;
                int left = (w + G.Padding.Width) / columnStep, firstTap = (w + G.Padding.Width) % columnStep;
                for (int k = (h + G.Padding.Height) % rowStep, i = (h + G.Padding.Height) / rowStep; k < G.Size.Height && i >= 0; k += rowStep, i--)
                {
                    if (i >= G.Ho)
                        continue;
                    T* dy = image + (nint)i * G.Wo * channels + c, weight = weights + k * G.Size.Width * channels + c;
                    for (int l = firstTap, j = left; l < G.Size.Width && j >= 0; l += columnStep, j--)
                    {
                        if (j < G.Wo)
                            sum = L.MultiplyAdd(L.Load(dy + (nint)j * channels), L.Load(weight + l * channels), sum);
                    }
                }
                T* pixel = target + (nint)w * channels + c;
                L.Store(whole ? pixel : aside, sum);
                for (int channel = whole ? channels : 0; channel < channels; channel++)
                    pixel[channel] = aside[channel];
            }
        }
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
        T* sums = parts + (long)block * PartLength;
        T* zeros = HostScratch.Rent<T>(1, G.C);
        new Span<T>(zeros, G.C + L.Count).Clear();
        for (int c = 0; c < G.C; c += L.Count)
        {
            for (int k = 0; k < G.Size.Height; k++)
            {
                int l = 0;
                for (; l + 3 <= G.Size.Width; l += 3)
                    ThreeTaps<V, L>(start, end, k, l, c, zeros, sums + (k * G.Size.Width + l) * pitch + c, pitch);
                for (; l < G.Size.Width; l++)
                    OneTap<V, L>(start, end, k, l, c, zeros, sums + (k * G.Size.Width + l) * pitch + c);
            }
        }
    }

    // Three neighbouring taps of one row of the kernel share the load of dy.
    private readonly unsafe void ThreeTaps<V, L>(int start, int end, int k, int l, int c, T* zeros, T* sums, int pitch)
        where V : struct where L : struct, ILanes<T, V>
    {
        V sum0 = L.Zero, sum1 = L.Zero, sum2 = L.Zero;
        int channels = G.C, width = G.W;
        for (int pixel = start; pixel < end;)
        {
            int j = pixel % G.Wo, columns = Math.Min(G.Wo - j, end - pixel), i = pixel / G.Wo % G.Ho, n = pixel / (G.Wo * G.Ho), h = i * G.Stride.Height + k - G.Padding.Height;
            if ((uint)h < (uint)G.H)
            {
                T* row = X.Pointer() + (long)(n * G.H + h) * width * channels + c, dy = OutputGradient.Pointer() + (long)pixel * channels + c;
                int w = j * G.Stride.Width + l - G.Padding.Width;
                for (int column = 0; column < columns; column++, w += G.Stride.Width, dy += channels)
                {
                    V g = L.Load(dy);
                    T* x = row + (long)w * channels;
                    if (w >= 0 && w + 2 < width)
                    {
                        sum0 = L.MultiplyAdd(L.Load(x), g, sum0);
                        sum1 = L.MultiplyAdd(L.Load(x + channels), g, sum1);
                        sum2 = L.MultiplyAdd(L.Load(x + 2 * channels), g, sum2);
                    }
                    else
                    {
                        sum0 = L.MultiplyAdd(L.Load((uint)w < (uint)width ? x : zeros), g, sum0);
                        sum1 = L.MultiplyAdd(L.Load((uint)(w + 1) < (uint)width ? x + channels : zeros), g, sum1);
                        sum2 = L.MultiplyAdd(L.Load((uint)(w + 2) < (uint)width ? x + 2 * channels : zeros), g, sum2);
                    }
                }
            }
            pixel += columns;
        }
        L.Store(sums, sum0);
        L.Store(sums + pitch, sum1);
        L.Store(sums + 2 * pitch, sum2);
    }

    private readonly unsafe void OneTap<V, L>(int start, int end, int k, int l, int c, T* zeros, T* sums) where V : struct where L : struct, ILanes<T, V>
    {
        V sum = L.Zero;
        for (int pixel = start; pixel < end; pixel++)
        {
            int j = pixel % G.Wo, i = pixel / G.Wo % G.Ho, n = pixel / (G.Wo * G.Ho), h = i * G.Stride.Height + k - G.Padding.Height, w = j * G.Stride.Width + l - G.Padding.Width;
            bool inside = (uint)h < (uint)G.H && (uint)w < (uint)G.W;
            T* x = inside ? X.Pointer() + ((long)(n * G.H + h) * G.W + w) * G.C + c : zeros;
            sum = L.MultiplyAdd(L.Load(x), L.Load(OutputGradient.Pointer() + (long)pixel * G.C + c), sum);
        }
        L.Store(sums, sum);
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
