using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>
/// A 3x3 convolution of stride 1 by squares of 4x4 targets (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016): 36 products of transformed squares of 6x6 source
/// pixels with transformed weights, transformed back, in place of 16 x 9: a quarter of the multiply-adds. Each chunk of squares takes two stages: one transforms its sources, the
/// next multiplies them, panel by panel (<see cref="WinogradProduct{T, V, L}"/>).
/// </summary>
/// <remarks>Assumes what <see cref="ProductTile"/> assumes.</remarks>
internal readonly record struct WinogradPlan(int N, int H, int W, int C, int TargetH, int TargetW, int O, int Top, int Left, bool Turned)
{
    public const int Targets = 4, Sources = 6, Products = Sources * Sources, Taps = 9;

    /// <summary>Elements by which arrays that are used together are shifted against each other: 36 that begin at the same place of a page displace each other from the caches.</summary>
    public const int Skew = LongestVector;

    /// <summary>Squares that a tile transforms.</summary>
    public const int TransformSquares = 4;

    private const int LongestVector = 16;

    // Multiples of the rows of a tile. Weights are transformed anew for each block, which takes as long as the products of some eight squares.
    private const int MostBlockSquares = 66, FewestBlockSquares = 24;

    private const int WantedTiles = 4;

    // Elements of transformed sources: 4 MB of float32, which two second-level caches hold.
    private const int MostSources = 1 << 20;

    // 36 times as many elements are the scratch of a weight gradient: 0.6 GB of float32.
    private const int MostWeights = 1 << 22;

    private int Rows => (TargetH + Targets - 1) / Targets;

    private int Columns => (TargetW + Targets - 1) / Targets;

    public int Squares => N * Rows * Columns;

    public int Stages => 2 * ((Squares + ChunkSquares - 1) / ChunkSquares);

    /// <summary>The transformed sources of a chunk.</summary>
    public int ScratchCount => checked(Products * SourcePitch);

    private int ChunkSquares => Math.Max(2, MostSources / (Products * C * MostBlockSquares)) * MostBlockSquares;

    private int SourcePitch => Math.Min(Squares, ChunkSquares) * C + Skew;

    /// <summary>Whether it is of this kind, its channels are whole vectors, and it pays.</summary>
    public static bool Suits(in ConvolutionGeometry g) => Suits(g.Size, g.Stride, g.Dilation, g.C, g.O) && Pays(g);

    /// <summary>Whether a convolution is of this kind, and its channels are whole vectors, whatever the map.</summary>
    public static bool Suits(Axes size, Axes stride, Axes dilation, int channels, int outputs) =>
        size == 3 && stride == 1 && dilation == 1 && channels % LongestVector == 0 && outputs % LongestVector == 0 && channels > 0 && outputs > 0
        && (long)channels * outputs <= MostWeights;

    public static WinogradPlan Forward(in ConvolutionGeometry g) => new(g.N, g.H, g.W, g.C, g.Ho, g.Wo, g.O, g.Padding.Height, g.Padding.Width, false);

    public static WinogradPlan BackwardInput(in ConvolutionGeometry g) => new(g.N, g.Ho, g.Wo, g.O, g.H, g.W, g.C, 2 - g.Padding.Height, 2 - g.Padding.Width, true);

    public int StageTiles<T>(int stage) where T : unmanaged =>
        stage % 2 == 0 ? (ChunkOf(stage).Count + TransformSquares - 1) / TransformSquares
        : Vector512.IsHardwareAccelerated ? ProductTiles<T, Vector512<T>, Lanes512<T>>(stage) : ProductTiles<T, Vector256<T>, Lanes256<T>>(stage);

    public unsafe void RunTile<T>(int stage, int tile, T* scratch, T* source, T* weights, T* bias, T* target, in Epilogue<T> epilogue = default) where T : unmanaged, INumber<T>
    {
        if (Vector512.IsHardwareAccelerated)
            RunTile<T, Vector512<T>, Lanes512<T>>(stage, tile, scratch, source, weights, bias, target, epilogue);
        else
            RunTile<T, Vector256<T>, Lanes256<T>>(stage, tile, scratch, source, weights, bias, target, epilogue);
    }

    public (int Image, int Row, int Column) Place(int square) => (square / (Rows * Columns), square / Columns % Rows * Targets, square % Columns * Targets);

    /// <summary>Transforms the source pixels of a square into channel vectors that are a pitch apart.</summary>
    [SkipLocalsInit]
    public unsafe void TransformSource<T, V, L>(T* source, int square, T* transformed, long pitch) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        (int image, int top, int left) = Place(square);
        T* half = stackalloc T[Products * L.Count], zeros = HostScratch.Zeros<T>(C);
        T** pixels = stackalloc T*[Products];
        for (int pixel = 0; pixel < Products; pixel++)
        {
            int h = top + pixel / Sources - Top, w = left + pixel % Sources - Left;
            pixels[pixel] = (uint)h < (uint)H && (uint)w < (uint)W ? source + ((long)(image * H + h) * W + w) * C : zeros;
        }
        for (int channel = 0; channel < C; channel += L.Count)
        {
            for (int column = 0; column < Sources; column++)
                Winograd<T, V, L>.Source(pixels + column, Sources, channel, half + column * L.Count, Sources * L.Count);
            for (int row = 0; row < Sources; row++)
                Winograd<T, V, L>.Source(half + row * Sources * L.Count, L.Count, transformed + row * Sources * pitch + channel, pitch);
        }
    }

    // Measured: a square takes twice the time of its products, and the weights as long as eight squares.
    private static bool Pays(in ConvolutionGeometry g)
    {
        long taps = 0;
        for (int tap = 0; tap < Taps; tap++)
            taps += g.Meets(tap) ? 1 : 0;
        return Products * (2L * Forward(g).Squares + 8) < taps * g.OutputPixels;
    }

    private (int First, int Count) ChunkOf(int stage)
    {
        int first = stage / 2 * ChunkSquares;
        return (first, Math.Min(ChunkSquares, Squares - first));
    }

    // Smaller ones where there are few panels and squares to share.
    private int BlockSquares<T, V, L>(int count) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        int share = Math.Clamp(count * Panels<T, V, L>.Number(O) / WantedTiles, FewestBlockSquares, MostBlockSquares);
        return (share + ProductTile.Rows - 1) / ProductTile.Rows * ProductTile.Rows;
    }

    private int ProductTiles<T, V, L>(int stage) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        int count = ChunkOf(stage).Count, squares = BlockSquares<T, V, L>(count);
        return (count + squares - 1) / squares * Panels<T, V, L>.Number(O);
    }

    private unsafe void RunTile<T, V, L>(int stage, int tile, T* scratch, T* source, T* weights, T* bias, T* target, in Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
    {
        (int chunk, int count) = ChunkOf(stage);
        if (stage % 2 != 0)
        {
            int squares = BlockSquares<T, V, L>(count), blocks = (count + squares - 1) / squares, first = tile % blocks * squares;
            new WinogradProduct<T, V, L>(this, tile / blocks, weights).Run(scratch + first * C, SourcePitch, chunk + first, Math.Min(squares, count - first), bias, target, epilogue);
            return;
        }
        for (int square = tile * TransformSquares; square < Math.Min(count, (tile + 1) * TransformSquares); square++)
            TransformSource<T, V, L>(source, chunk + square, scratch + square * C, SourcePitch);
    }
}
