using System.Numerics;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// One thread: one element of dx or dw of a product of pixels. The host body makes both in one pass over x and dy, of which it computes those that are not in memory: stage 0
/// lays the transposed weights out in panels, stage 1 goes over parts of the pixels, in slices that stay in the second-level cache, stage 2 adds the parts of dw up.
/// </summary>
internal struct ProductBackward<T> : IStagedHostKernel<T> where T : unmanaged, INumber<T>
{
    private const int GradientSlot = 4;

    public ConvolutionBackwardInput<T> Input;

    public ConvolutionBackwardWeight<T> Weight;

    /// <summary>What becomes of dy as it is read.</summary>
    public Normalisation<T> Normalisation;

    /// <summary>Where <see cref="GradientSums{T}"/> of dx go; empty where nobody needs them.</summary>
    public ArrayView<T> Sums;

    public readonly int Count => Input.Count + Weight.Count;

    /// <summary>The transposed weights, and sums of dw over parts of the pixels.</summary>
    public readonly int ScratchCount => checked(Input.ScratchCount + Weight.ScratchCount);

    public readonly int Stages => 3;

    private readonly ConvolutionGeometry G => Input.G;

    /// <summary>Whether there are pixels for as many parts as there are to be: with fewer the gradients have passes of their own.</summary>
    public static bool Suits(in ConvolutionGeometry g) => g.IsProduct && WeightGradientSplit.Of(g).Blocks(g) == 1;

    /// <summary>Pixels of each part; 0 where they differ.</summary>
    public static int TilePixels(in ConvolutionGeometry g) => g.OutputPixels % WeightGradientSplit.Of(g).Parts == 0 ? g.OutputPixels / WeightGradientSplit.Of(g).Parts : 0;

    public readonly void Run(int index)
    {
        if (index < Input.Count)
            Input.Run(index);
        else
            Weight.Run(index - Input.Count);
    }

    public readonly int StageTiles(int stage) => stage == 0 ? Input.StageTiles(0) : stage == 1 ? WeightGradientSplit.Of(G).Parts : Weight.StageTiles(1);

    public readonly unsafe void RunTile(int stage, int tile, T* panels)
    {
        T* parts = panels + Input.ScratchCount;
        if (stage == 0)
            Input.RunTile(0, tile, panels);
        else if (stage == 2)
            Weight.RunTile(1, tile, parts);
        else if (Vector512.IsHardwareAccelerated)
            Part<Vector512<T>, Lanes512<T>>(tile, panels, parts);
        else
            Part<Vector256<T>, Lanes256<T>>(tile, panels, parts);
    }

    private readonly unsafe void Part<V, L>(int part, T* panels, T* parts) where V : struct where L : struct, ILanes<T, V>
    {
        T* sums = Weight.Sums(part, parts);
        new Span<T>(sums, G.C * WeightGradientSplit.Of(G).Pitch).Clear();
        (int first, int end) = Weight.Pixels(part);
        int* taps = stackalloc int[3 * G.Taps];
        GatherPlan plan = GatherPlan.Backward(G, 0, taps);
        T* target = Input.Gradient.Pointer();
        for (int pixel = first; pixel < end; pixel += ConvolutionBackwardWeight<T>.SlicePixels)
        {
            int count = Math.Min(ConvolutionBackwardWeight<T>.SlicePixels, end - pixel);
            T* dy = Input.OutputGradient.Pointer() + (long)pixel * G.O;
            if (Normalisation.Exists)
            {
                T* computed = HostScratch.Rent<T>(GradientSlot, ConvolutionBackwardWeight<T>.SlicePixels * G.O);
                Normalisation.Read<V, L>(Input.OutputGradient.Pointer(), G.O, pixel, count, 0, G.O, computed, G.O);
                dy = computed;
            }
            Weight.Slice<V, L>(pixel, count, 0, G.C, dy, sums);
            GatheredProduct<T, V, L>.Run(plan, dy - (long)pixel * G.O, RightMatrix<T>.Panels(panels, G.O), null, target, pixel, pixel + count, 0, Panels<T, V, L>.Number(G.C), default);
            if (Sums.Length > 0)
                GradientSums<T>.Add<V, L>(Weight.Normalisation, Weight.X.Pointer(), target, G.OutputPixels, G.C, pixel, count, Sums.Pointer());
        }
    }
}
