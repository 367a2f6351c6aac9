using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.

internal partial struct FoldedWeights<T>
{
    public readonly int Tiles => InPanels == 0 ? 1 : Vector512.IsHardwareAccelerated ? Panels<T, Vector512<T>, Lanes512<T>>.Number(Channels) : Panels<T, Vector256<T>, Lanes256<T>>.Number(Channels);

    public readonly void RunTile(int tile)
    {
        if (InPanels == 0)
        {
            for (int index = 0; index < Count; index++)
                Run(index);
        }
        else if (Vector512.IsHardwareAccelerated)
            LayOut<Vector512<T>, Lanes512<T>>(tile);
        else
            LayOut<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void LayOut<V, L>(int panel) where V : struct where L : struct, ILanes<T, V>
    {
        int rows = Count / Channels, width = Panels<T, V, L>.VectorsOf(panel, Channels) * L.Count, column = panel * Panels<T, V, L>.Width;
        int used = Math.Min(width, Channels - column);
        Panels<T, V, L>.Pack(Weight.Pointer(), rows, Channels, Target.Pointer(), panel, 0, rows);
        if (Scale.IntLength == 0)
            return;
        T* row = Target.Pointer() + Panels<T, V, L>.Offset(panel, rows), scale = Scale.Pointer() + column;
        for (T* end = row + (long)rows * width; row < end; row += width)
        {
            for (int c = 0; c < used; c++)
                row[c] *= scale[c];
        }
    }
}

internal partial struct FoldedConvolutionForward<T, R>
{
    public readonly int Tiles => Direct.Tiles;

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<Vector512<T>, Lanes512<T>>(tile);
        else
            Multiply<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Multiply<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int* taps = stackalloc int[3 * Direct.G.Taps];
        (int first, int end, int firstPanel, int endPanel) = Direct.Split<V, L>()[tile];
        GatheredProduct<T, V, L>.Run(GatherPlan.Forward(Direct.G, taps), Direct.X.Pointer(), Panels, Direct.Bias.Pointer(), Direct.Y.Pointer(), first, end, firstPanel, endPanel, Epilogue);
    }

    /// <summary>The weights.</summary>
    public readonly unsafe RightMatrix<T> Panels => RightMatrix<T>.Panels(Direct.Weight.Pointer(), Direct.G.Taps * Direct.G.C);

    /// <summary>What becomes of the sums.</summary>
    public readonly unsafe Epilogue<T> Epilogue =>
        new() { Residual = Residual.Pointer(), Target = Direct.Y.Pointer(), Lower = Lower, Upper = Upper, Exists = IsPlain == 0 };
}

internal partial struct FoldedWinogradForward<T, R>
{
    private readonly WinogradPlan Plan => WinogradPlan.Forward(Folded.Direct.G);

    public readonly int ScratchCount => Plan.ScratchCount;

    public readonly int Stages => Plan.Stages;

    public readonly int StageTiles(int stage) => Plan.StageTiles<T>(stage);

    public readonly unsafe void RunTile(int stage, int tile, T* scratch)
    {
        ConvolutionForward<T> direct = Folded.Direct;
        Plan.RunTile(stage, tile, scratch, direct.X.Pointer(), direct.Weight.Pointer(), direct.Bias.Pointer(), direct.Y.Pointer(), Folded.Epilogue);
    }
}

internal partial struct FoldedDepthwiseForward<T, R>
{
    public readonly int Tiles => Direct.G.N * (Vector512.IsHardwareAccelerated ? TilesOfMap<Vector512<T>, Lanes512<T>>() : TilesOfMap<Vector256<T>, Lanes256<T>>());

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly int TilesOfMap<V, L>() where V : struct where L : struct, ILanes<T, V> => DepthwisePair<T, V, L>.Suits(Direct.G) ? (Direct.G.Ho + 1) / 2 : Direct.G.Ho;

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        ConvolutionGeometry g = Direct.G;
        (int map, int step) = Math.DivRem(tile, TilesOfMap<V, L>());
        int row = DepthwisePair<T, V, L>.Suits(g) ? 2 * step : step;
        var image = new MapRows<T, V, L>(Direct.X.Pointer() + (long)map * g.H * g.W * g.C, g.W, g.C);
        Rows<V, L>(image, row, DepthwisePair<T, V, L>.Rows(g, row, g.H), Direct.Y.Pointer() + ((long)map * g.Ho + row) * g.Wo * g.C, new(0, g.C));
    }

    /// <summary>Writes rows of y of an image: all channels, or whole vectors of a map of whole vectors.</summary>
    public readonly unsafe void Rows<V, L>(in MapRows<T, V, L> image, int row, int count, T* target, Interval channels) where V : struct where L : struct, ILanes<T, V>
    {
        ConvolutionGeometry g = Direct.G;
        for (int rows; count > 0; count -= rows, row += rows, target += (long)rows * g.Wo * g.C)
        {
            rows = DepthwisePair<T, V, L>.Rows(g, row, count);
            if (DepthwisePair<T, V, L>.Suits(g))
            {
                DepthwisePair<T, V, L>.Run(g, image, Direct.Weight.Pointer(), mirrored: false, Bias.Pointer(), (Lower, Upper), target, row, rows, channels);
                continue;
            }
            new DepthwiseRow<T, V, L>(image, g.H, g.W, Direct.Weight.Pointer(), g, mirrored: false).Run(row, target, g.Wo, channels);
            Finish<V, L>(target, channels);
        }
    }

    // The row is still in the first-level cache.
    private readonly unsafe void Finish<V, L>(T* y, Interval range) where V : struct where L : struct, ILanes<T, V>
    {
        V lower = L.Broadcast(Lower), upper = L.Broadcast(Upper);
        T* bias = Bias.Pointer();
        for (int pixel = 0, channels = Direct.G.C; pixel < Direct.G.Wo; pixel++, y += channels)
        {
            int c = range.First;
            for (; c <= range.End - L.Count; c += L.Count)
                L.Store(y + c, L.Min(upper, L.Max(lower, L.Add(L.Load(y + c), L.Load(bias + c)))));
            for (; c < range.End; c++)
            {
                T sum = y[c] + bias[c];
                sum = sum < Lower ? Lower : sum;
                y[c] = Upper < sum ? Upper : sum;
            }
        }
    }
}
