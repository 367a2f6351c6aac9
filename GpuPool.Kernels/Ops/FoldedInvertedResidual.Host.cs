using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct FoldedInvertedResidualForward<T, R>
{
    private const int ExpandedSlot = 2, FilteredSlot = 3;

    // Bands for each thread, so that one that is done first can help the others.
    private const int BandsPerThread = 2;

    // Pixels that are worth a panel of weights.
    private const int StepPixels = 96;

    public readonly int Tiles => Depthwise.Direct.G.N * Bands;

    // Each band but the first expands a row or two for itself that the one before has as well, so there are no more than there is need of.
    private readonly int Bands => Math.Clamp((BandsPerThread * Threads + Depthwise.Direct.G.N - 1) / Depthwise.Direct.G.N, 1, (Depthwise.Direct.G.Ho + StepRows - 1) / StepRows);

    /// <summary>Rows of y that are made at a time: an even number.</summary>
    private readonly int StepRows => Math.Max(2, StepPixels / Depthwise.Direct.G.Wo / 2 * 2);

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        ConvolutionGeometry g = Depthwise.Direct.G;
        int image = tile / Bands, steps = (g.Ho + StepRows - 1) / StepRows, band = tile % Bands;
        int row = steps * band / Bands * StepRows, end = Math.Min(g.Ho, steps * (band + 1) / Bands * StepRows);
        MapRows<T, V, L> expanded = Expands
            ? new(g.W, g.C, StepRows * g.Stride.Height + g.Size.Height, ExpandedSlot)
            : new(X.Pointer() + (long)image * g.H * g.W * g.C, g.W, g.C);
        T* filtered = Projects ? HostScratch.Rent<T>(FilteredSlot, StepRows * g.Wo * g.C) : null;
        for (int made = 0, rows; row < end; row += rows)
        {
            rows = Math.Min(StepRows, end - row);
            int top = row * g.Stride.Height - g.Padding.Height, first = Math.Max(made, top), bottom = Math.Min(g.H, top + (rows - 1) * g.Stride.Height + g.Size.Height);
            if (Expands)
                Expand(expanded, image, first, bottom);
            made = bottom;
            int pixel = (image * g.Ho + row) * g.Wo;
            Depthwise.Rows<V, L>(expanded, row, rows, Projects ? filtered : Y.Pointer() + (long)pixel * g.C, new(0, g.C));
            if (Projects)
                Project<V, L>(filtered, pixel, pixel + rows * g.Wo);
        }
    }

    private readonly unsafe void Expand<V, L>(in MapRows<T, V, L> expanded, int image, int first, int end) where V : struct where L : struct, ILanes<T, V>
    {
        ConvolutionForward<T> direct = Expansion.Direct;
        int* taps = stackalloc int[3 * direct.G.Taps];
        GatheredProduct<T, V, L>.Run(GatherPlan.Forward(direct.G, taps), direct.X.Pointer(), Expansion.Panels, direct.Bias.Pointer(), expanded, image, first, end, Expansion.Epilogue);
    }

    private readonly unsafe void Project<V, L>(T* filtered, int first, int end) where V : struct where L : struct, ILanes<T, V>
    {
        ConvolutionForward<T> direct = Projection.Direct;
        int* taps = stackalloc int[3];
        GatheredProduct<T, V, L>.Run(GatherPlan.Forward(direct.G, taps), filtered - (long)first * direct.G.C, Projection.Panels, direct.Bias.Pointer(), direct.Y.Pointer(),
            first, end, 0, Panels<T, V, L>.Number(direct.G.O), Projection.Epilogue);
    }
}
