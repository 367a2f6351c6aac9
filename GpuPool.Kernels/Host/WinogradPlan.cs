using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>
/// A 3x3 convolution of stride 1 by squares of 4x4 targets (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016): 36 products of transformed squares of 6x6 source
/// pixels with transformed weights, transformed back, in place of 16 x 9: a quarter of the multiply-adds. Stage 0 lays the weights out in panels, stage 1
/// transforms them there, stage 2 does blocks of squares.
/// </summary>
/// <remarks>Assumes what <see cref="ProductTile"/> assumes.</remarks>
internal readonly record struct WinogradPlan(int N, int H, int W, int C, int TargetH, int TargetW, int O, int Top, int Left, bool Turned)
{
    public const int Stages = 3;

    public const int Targets = 4, Sources = 6, Products = Sources * Sources;

    private const int Taps = 9, LongestVector = 16;

    // A multiple of the rows of a tile; with 256 channels its transformed sources are 0.9 MB, which stay in the second-level cache.
    private const int BlockSquares = 24;

    private const int TransformElements = 4096;

    // Measured: 0.6 to 0.9 of the time of all products here, 1.3 with half as many squares.
    private const int FewestSquares = 16;

    // Transformed weights take 36 C O elements, transformed squares and their products 36 (C + O) each: of few squares the weights would be most of the memory and of the time.
    private const int MostWeights = 2;

    private const int SourceSlot = 2;
    private const int ProductSlot = 3;

    private int Rows => (TargetH + Targets - 1) / Targets;

    private int Columns => (TargetW + Targets - 1) / Targets;

    public int Squares => N * Rows * Columns;

    private int PanelCount => Panels.Count(C, O);

    /// <summary>The weights of each tap in panels, and each of the transformed ones.</summary>
    public int ScratchCount => checked((Taps + Products) * PanelCount);

    /// <summary>Whether it is of this kind, its channels are whole vectors, and its squares so many that they repay the transform of the weights.</summary>
    public static bool Suits(in ConvolutionGeometry g) =>
        g.Size == 3 && g.Stride == 1 && g.Dilation == 1 && g.C % LongestVector == 0 && g.O % LongestVector == 0 && g.C > 0 && g.O > 0
        && Forward(g).Squares is var squares && squares >= FewestSquares && (long)g.C * g.O <= (long)MostWeights * squares * (g.C + g.O);

    public static WinogradPlan Forward(in ConvolutionGeometry g) => new(g.N, g.H, g.W, g.C, g.Ho, g.Wo, g.O, g.Padding.Height, g.Padding.Width, false);

    public static WinogradPlan BackwardInput(in ConvolutionGeometry g) => new(g.N, g.Ho, g.Wo, g.O, g.H, g.W, g.C, 2 - g.Padding.Height, 2 - g.Padding.Width, true);

    public int StageTiles<T>(int stage) where T : unmanaged =>
        stage == 1 ? (PanelCount + TransformElements - 1) / TransformElements
        : stage == 2 ? (Squares + BlockSquares - 1) / BlockSquares
        : Taps * (Vector512.IsHardwareAccelerated ? Panels<T, Vector512<T>, Lanes512<T>>.Number(O) : Panels<T, Vector256<T>, Lanes256<T>>.Number(O));

    public unsafe void RunTile<T>(int stage, int tile, T* scratch, T* source, T* weights, T* bias, T* target) where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated)
            RunTile<T, Vector512<T>, Lanes512<T>>(stage, tile, scratch, source, weights, bias, target);
        else
            RunTile<T, Vector256<T>, Lanes256<T>>(stage, tile, scratch, source, weights, bias, target);
    }

    private unsafe void RunTile<T, V, L>(int stage, int tile, T* scratch, T* source, T* weights, T* bias, T* target)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        if (stage == 0)
            Pack<T, V, L>(weights, scratch, tile % Taps, tile / Taps);
        else if (stage == 1)
            TransformWeights<T, V, L>(scratch, tile * TransformElements, Math.Min(PanelCount, (tile + 1) * TransformElements));
        else
            Block<T, V, L>(source, scratch + Taps * PanelCount, bias, target, tile * BlockSquares, Math.Min(Squares, (tile + 1) * BlockSquares));
    }

    private unsafe void Pack<T, V, L>(T* weights, T* panels, int tap, int panel) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        T* matrix = weights + (long)tap * C * O;
        if (Turned)
            Panels<T, V, L>.PackTransposed(matrix, 1, C, O, panels + (long)(Taps - 1 - tap) * PanelCount, panel, 0);
        else
            Panels<T, V, L>.Pack(matrix, C, O, panels + (long)tap * PanelCount, panel, 0, C);
    }

    private unsafe void TransformWeights<T, V, L>(T* panels, int start, int end) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        T* half = stackalloc T[Sources * 3 * L.Count];
        for (int i = start; i < end; i += L.Count)
        {
            T* taps = panels + i, transformed = panels + (long)Taps * PanelCount + i;
            for (int column = 0; column < 3; column++)
                Winograd<T, V, L>.Weights(taps + (long)column * PanelCount, 3L * PanelCount, half + column * L.Count, 3 * L.Count);
            for (int row = 0; row < Sources; row++)
                Winograd<T, V, L>.Weights(half + row * 3 * L.Count, L.Count, transformed + (long)row * Sources * PanelCount, PanelCount);
        }
    }

    private unsafe void Block<T, V, L>(T* source, T* panels, T* bias, T* target, int first, int end) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        int count = end - first, columns = Panels<T, V, L>.Width;
        T* sources = HostScratch.Rent<T>(SourceSlot, Products * BlockSquares * C), products = HostScratch.Rent<T>(ProductSlot, Products * BlockSquares * O);
        for (int square = 0; square < count; square++)
            TransformSource<T, V, L>(source, first + square, sources + square * C, (long)BlockSquares * C);
        int* taps = stackalloc int[3];
        var plan = GatherPlan.Forward(new ConvolutionGeometry(count, C, O), taps);
        for (int panel = 0; panel < Panels<T, V, L>.Number(O); panel++)
        {
            for (int product = 0; product < Products; product++)
            {
                GatheredProduct<T, V, L>.Run(plan, sources + product * BlockSquares * C, RightMatrix<T>.Panels(panels + (long)product * PanelCount, C), null,
                    products + product * BlockSquares * O, 0, count, panel, panel + 1, default);
            }
            for (int square = 0; square < count; square++)
                TransformTarget<T, V, L>(products + square * O, bias, target, first + square, panel * columns, Math.Min(O, (panel + 1) * columns));
        }
    }

    public (int Image, int Row, int Column) Place(int square) => (square / (Rows * Columns), square / Columns % Rows * Targets, square % Columns * Targets);

    /// <summary>Transforms the source pixels of a square into channel vectors that are a pitch apart.</summary>
    public unsafe void TransformSource<T, V, L>(T* source, int square, T* transformed, long pitch) where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        (int image, int top, int left) = Place(square);
        T* pixels = stackalloc T[Products * L.Count], half = stackalloc T[Products * L.Count];
        for (int channel = 0; channel < C; channel += L.Count)
        {
            for (int row = 0; row < Sources; row++)
            {
                int h = top + row - Top;
                for (int column = 0; column < Sources; column++)
                {
                    int w = left + column - Left;
                    bool inside = (uint)h < (uint)H && (uint)w < (uint)W;
                    L.Store(pixels + (row * Sources + column) * L.Count, inside ? L.Load(source + ((long)(image * H + h) * W + w) * C + channel) : L.Zero);
                }
            }
            for (int column = 0; column < Sources; column++)
                Winograd<T, V, L>.Source(pixels + column * L.Count, Sources * L.Count, half + column * L.Count, Sources * L.Count);
            for (int row = 0; row < Sources; row++)
                Winograd<T, V, L>.Source(half + row * Sources * L.Count, L.Count, transformed + row * Sources * pitch + channel, pitch);
        }
    }

    private unsafe void TransformTarget<T, V, L>(T* products, T* bias, T* target, int square, int start, int end)
        where T : unmanaged where V : struct where L : struct, ILanes<T, V>
    {
        (int image, int top, int left) = Place(square);
        int rows = Math.Min(Targets, TargetH - top), columns = Math.Min(Targets, TargetW - left);
        T* half = stackalloc T[Targets * Sources * L.Count], pixels = stackalloc T[Targets * Targets * L.Count];
        for (int channel = start; channel < end; channel += L.Count)
        {
            for (int column = 0; column < Sources; column++)
                Winograd<T, V, L>.Target(products + (long)column * BlockSquares * O + channel, (long)Sources * BlockSquares * O, half + column * L.Count, Sources * L.Count);
            for (int row = 0; row < rows; row++)
                Winograd<T, V, L>.Target(half + row * Sources * L.Count, L.Count, pixels + row * Targets * L.Count, L.Count);
            V offset = bias is null ? L.Zero : L.Load(bias + channel);
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    V value = L.Load(pixels + (row * Targets + column) * L.Count);
                    L.Store(target + ((long)(image * TargetH + top + row) * TargetW + left + column) * O + channel, L.Add(value, offset));
                }
            }
        }
    }
}
