using System.Numerics;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>One thread: one element of dx or dw. The host body makes both in one pass over x and dy, of which it computes those that are not in memory.</summary>
internal struct DepthwiseBackward<T> : IStagedHostKernel<T> where T : unmanaged, INumber<T>
{
    public DepthwiseBackwardInput<T> Input;

    public DepthwiseBackwardWeight<T> Weight;

    /// <summary>What becomes of dy as it is read.</summary>
    public Normalisation<T> Normalisation;

    /// <summary>Where <see cref="GradientSums{T}"/> of dx go; empty where nobody needs them.</summary>
    public ArrayView<T> Sums;

    public readonly int Count => Input.Count + Weight.Count;

    /// <summary>Sums of weight gradients, for each tile.</summary>
    public readonly int ScratchCount => Weight.ScratchCount;

    public readonly int Stages => 2;

    private readonly ConvolutionGeometry G => Input.G;

    /// <summary>Whether a row of the output has as many rows of dx as the stride, and meets those of its neighbours: then rows of a tile serve both gradients.</summary>
    public static bool Suits(in ConvolutionGeometry g) => g.Size == 3 && g.Padding == 1 && (g.Stride == 1 || g.Stride == 2);

    /// <summary>Pixels of dx in a tile; 0 where the last rows of an image are fewer.</summary>
    public static int TilePixels(in ConvolutionGeometry g) => g.H == g.Ho * g.Stride.Height ? DepthwiseTiles.Rows(g) * g.Stride.Height * g.W : 0;

    public readonly void Run(int index)
    {
        if (index < Input.Count)
            Input.Run(index);
        else
            Weight.Run(index - Input.Count);
    }

    public readonly int StageTiles(int stage) => stage == 0 ? DepthwiseTiles.Count(G) : G.Taps;

    public readonly unsafe void RunTile(int stage, int tile, T* parts)
    {
        if (stage == 1)
            Weight.Reduce(tile, parts);
        else if (Vector512.IsHardwareAccelerated)
            Part<Vector512<T>, Lanes512<T>>(tile, parts + (long)tile * Weight.PartLength);
        else
            Part<Vector256<T>, Lanes256<T>>(tile, parts + (long)tile * Weight.PartLength);
    }

    private readonly unsafe void Part<V, L>(int tile, T* sums) where V : struct where L : struct, ILanes<T, V>
    {
        new Span<T>(sums, Weight.PartLength).Clear();
        var x = new MapRows<T, V, L>(Weight.X.Pointer(), Weight.Normalisation, G.H, G.W, G.C, G.Size.Height + 1, DepthwiseTiles.InputSlot);
        var dy = new MapRows<T, V, L>(Input.OutputGradient.Pointer(), Normalisation, G.Ho, G.Wo, G.C, G.Size.Height + 1, DepthwiseTiles.GradientSlot);
        (int row, int end) = DepthwiseTiles.Range(tile, G);
        for (int rows; row < end; row += rows)
        {
            int image = row / G.Ho, i = row % G.Ho, stride = G.Stride.Height, top = i * stride - G.Padding.Height;
            rows = DepthwisePair<T, V, L>.Rows(G, i, end - row);
            x.Move(image, top, top + G.Size.Height + rows - 1);
            dy.Move(image, i - 1, i + 1 + rows);
            for (int next = 0; next < rows; next++)
                Weight.Row(x, top + next * stride, dy.Row(i + next), sums);
            Input.Rows(dy, image, i * stride, Math.Min(G.H, (i + rows) * stride));
            if (Sums.Length > 0)
            {
                GradientSums<T>.Add<V, L>(Weight.Normalisation, Weight.X.Pointer(), Input.Gradient.Pointer(), G.N * G.H * G.W, G.C, row * stride * G.W, rows * stride * G.W,
                    Sums.Pointer());
            }
        }
    }
}
