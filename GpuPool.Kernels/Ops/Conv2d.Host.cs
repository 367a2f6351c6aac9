using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Both passes are a GatheredProduct. Forward, weights are read where they are; backward, stage 0 lays them out in panels and stage 1 multiplies blocks of pixels with them. Weights that only meet
// padding are left out.
// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct ConvolutionForward<T>
{
    private const int NormalisedSlot = 2;

    public readonly int Tiles => Vector512.IsHardwareAccelerated ? Split<Vector512<T>, Lanes512<T>>().Tiles : Split<Vector256<T>, Lanes256<T>>().Tiles;

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<Vector512<T>, Lanes512<T>>(tile);
        else
            Multiply<Vector256<T>, Lanes256<T>>(tile);
    }

    /// <summary>The cut of the product.</summary>
    public readonly BlockSplit Split<V, L>() where V : struct where L : struct, ILanes<T, V> =>
        new(G.OutputPixels, GatheredProduct<T, V, L>.BlockRows, Panels<T, V, L>.Number(G.O));

    private readonly unsafe void Multiply<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int* taps = stackalloc int[3 * G.Taps];
        (int first, int end, int firstPanel, int endPanel) = Split<V, L>()[tile];
        T* source = X.Pointer();
        if (Normalisation.Exists)
        {
            // The pixels of a product are the rows of this block.
            T* normalised = HostScratch.Rent<T>(NormalisedSlot, (end - first) * G.C);
            Normalisation.Read<V, L>(source, G.C, first, end - first, 0, G.C, normalised, G.C);
            source = normalised - (long)first * G.C;
        }
        GatheredProduct<T, V, L>.Run(GatherPlan.Forward(G, taps), source, RightMatrix<T>.Rows(Weight.Pointer()), Bias.Pointer(), Y.Pointer(), first, end, firstPanel, endPanel, default);
    }
}

internal partial struct ConvolutionBackwardInput<T>
{
    /// <summary>The transposed weights in panels.</summary>
    public readonly int ScratchCount => Panels.Count(G.Taps * G.O, G.C);

    public readonly int Stages => 2;

    public readonly int StageTiles(int stage) =>
        Vector512.IsHardwareAccelerated ? StageTiles<Vector512<T>, Lanes512<T>>(stage) : StageTiles<Vector256<T>, Lanes256<T>>(stage);

    public readonly unsafe void RunTile(int stage, int tile, T* packed)
    {
        if (Vector512.IsHardwareAccelerated)
            RunTile<Vector512<T>, Lanes512<T>>(stage, tile, packed);
        else
            RunTile<Vector256<T>, Lanes256<T>>(stage, tile, packed);
    }

    // The phases differ by a row or a column at most: one cut, that of the largest, serves all, and the others end earlier in it.
    private readonly BlockSplit Split<V, L>() where V : struct where L : struct, ILanes<T, V> =>
        new(GatherPlan.MostRowsOfPhase(G), GatheredProduct<T, V, L>.BlockRows, Panels<T, V, L>.Number(G.C));

    private readonly int StageTiles<V, L>(int stage) where V : struct where L : struct, ILanes<T, V> =>
        stage == 0 ? Panels<T, V, L>.Number(G.C) * G.Taps : GatherPlan.Phases(G) * Split<V, L>().Tiles;

    private readonly unsafe void RunTile<V, L>(int stage, int tile, T* packed) where V : struct where L : struct, ILanes<T, V>
    {
        if (stage == 0)
        {
            if (G.Meets(tile % G.Taps))
                Panels<T, V, L>.PackTransposed(Weight.Pointer(), G.Taps, G.O, G.C, packed, tile / G.Taps, tile % G.Taps);
            return;
        }
        BlockSplit split = Split<V, L>();
        int* taps = stackalloc int[3 * G.Taps];
        GatherPlan plan = GatherPlan.Backward(G, tile / split.Tiles, taps);
        (int first, int end, int firstPanel, int endPanel) = split[tile % split.Tiles];
        end = Math.Min(end, plan.Rows);
        if (first < end)
            GatheredProduct<T, V, L>.Run(plan, OutputGradient.Pointer(), RightMatrix<T>.Panels(packed, G.Taps * G.O), null, Gradient.Pointer(), first, end, firstPanel, endPanel, default);
    }
}
