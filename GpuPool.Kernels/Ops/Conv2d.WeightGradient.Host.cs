using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// How the sum over pixels of a weight gradient is cut: into parts of the pixels, summed afterwards in their order, and into blocks of the rows of
/// the gradient (a row is a tap and an input channel). Small gradients take parts, large ones take blocks of rows. It depends on extents alone.
/// </summary>
internal readonly record struct WeightGradientSplit(int Parts, int Rows, int Pitch, int BlockRows)
{
    private const int LongestVector = 16;
    private const int WantedTiles = 16;
    private const int FewestPixels = 512;
    private const long MostPartialElements = 1 << 20;

    /// <summary>Whether the sum of the only part is the gradient, and is made in its place.</summary>
    public bool InPlace(in ConvolutionGeometry g) => Parts == 1 && Pitch == g.O;

    /// <summary>Elements of all partial sums.</summary>
    public int PartialCount(in ConvolutionGeometry g) => InPlace(g) ? 0 : checked(Parts * Rows * Pitch);

    /// <summary>Blocks that the rows are cut into; each lies within one gathered run.</summary>
    public int Blocks(in ConvolutionGeometry g) => g.Runs * BlocksPerRun(g);

    public int BlocksPerRun(in ConvolutionGeometry g) => (g.RunLength + BlockRows - 1) / BlockRows;

    public static WeightGradientSplit Of(in ConvolutionGeometry g)
    {
        int rows = g.Taps * g.C, pitch = (g.O + LongestVector - 1) / LongestVector * LongestVector;
        long most = Math.Min(MostPartialElements / ((long)rows * pitch), g.OutputPixels / FewestPixels);
        int parts = (int)Math.Clamp(most, 1, WantedTiles);
        int blocks = (WantedTiles + parts - 1) / parts, perRun = Math.Max(1, blocks / g.Runs);
        int blockRows = (g.RunLength + perRun - 1) / perRun;
        blockRows = (blockRows + ProductTile.Rows - 1) / ProductTile.Rows * ProductTile.Rows;
        return new WeightGradientSplit(parts, rows, pitch, blockRows);
    }
}

// Stage 0 sums outer products of gathered runs of x with rows of dy, stage 1 adds the parts up.
// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct ConvolutionBackwardWeight<T>
{
    /// <summary>Rows of a panel of 256 bytes: 39 KiB, most of which stay in the first-level cache while all rows of the gradient pass over them.</summary>
    public const int SlicePixels = 26 * ProductTile.Rows;

    private const int PointerSlot = 0;
    private const int NormalisedSlot = 3;

    /// <summary>Sums over parts of the pixels.</summary>
    public readonly int ScratchCount => WeightGradientSplit.Of(G).PartialCount(G);

    public readonly int Stages => 2;

    public readonly int StageTiles(int stage)
    {
        WeightGradientSplit split = WeightGradientSplit.Of(G);
        return stage == 0 ? split.Parts * split.Blocks(G) : split.InPlace(G) ? 0 : split.Rows;
    }

    public readonly unsafe void RunTile(int stage, int tile, T* parts)
    {
        if (stage == 1)
            Reduce(tile, parts);
        else if (Vector512.IsHardwareAccelerated)
            Part<Vector512<T>, Lanes512<T>>(tile, parts);
        else
            Part<Vector256<T>, Lanes256<T>>(tile, parts);
    }

    /// <summary>Where the sums of a part of the pixels go.</summary>
    public readonly unsafe T* Sums(int part, T* parts)
    {
        WeightGradientSplit split = WeightGradientSplit.Of(G);
        return (split.InPlace(G) ? Gradient.Pointer() : parts) + (long)part * split.Rows * split.Pitch;
    }

    /// <summary>The pixels of a part.</summary>
    public readonly (int First, int End) Pixels(int part)
    {
        int parts = WeightGradientSplit.Of(G).Parts;
        return ((int)((long)G.OutputPixels * part / parts), (int)((long)G.OutputPixels * (part + 1) / parts));
    }

    /// <summary>Adds what a slice of pixels gives for some channels, of a product, whose pixels are rows of x.</summary>
    /// <param name="pixel">First pixel.</param>
    /// <param name="count">Number of pixels.</param>
    /// <param name="channel">First channel.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="dy">dy of these pixels.</param>
    /// <param name="sums">Sums of these channels.</param>
    public readonly unsafe void Slice<V, L>(int pixel, int count, int channel, int channels, T* dy, T* sums) where V : struct where L : struct, ILanes<T, V>
    {
        T** rows = (T**)HostScratch.Rent<nint>(PointerSlot, count);
        T* first = X.Pointer() + (long)pixel * G.C;
        int pitch = G.C;
        if (Normalisation.Exists)
        {
            pitch = RowBlocks.Pitch(channels + ProductTile.Rows);
            T* normalised = HostScratch.Rent<T>(NormalisedSlot, count * pitch);
            Normalisation.Read<V, L>(X.Pointer(), G.C, pixel, count, channel, channels, normalised, pitch);
            first = normalised - channel;
        }
        for (int p = 0; p < count; p++)
            rows[p] = first + (long)p * pitch;
        Multiply<V, L>(rows, count, channel, channels, dy, sums);
    }

    private readonly unsafe void Part<V, L>(int tile, T* parts) where V : struct where L : struct, ILanes<T, V>
    {
        WeightGradientSplit split = WeightGradientSplit.Of(G);
        // The blocks of a part follow each other, as they read the same rows of dy.
        int part = tile / split.Blocks(G), block = tile % split.Blocks(G), run = block / split.BlocksPerRun(G);
        int channel = block % split.BlocksPerRun(G) * split.BlockRows, channels = Math.Min(split.BlockRows, G.RunLength - channel);
        T* sums = Sums(part, parts) + (long)(run * G.RunLength + channel) * split.Pitch;
        new Span<T>(sums, channels * split.Pitch).Clear();
        if (!G.MeetsRun(run))
            return;
        T* zeros = HostScratch.Zeros<T>(G.RunLength + ProductTile.Rows);
        int* taps = stackalloc int[3 * G.Taps];
        GatherPlan plan = GatherPlan.Forward(G, run, taps);
        (int first, int end) = Pixels(part);
        for (int pixel = first; pixel < end; pixel += SlicePixels)
        {
            int count = Math.Min(SlicePixels, end - pixel);
            T* dy = OutputGradient.Pointer() + (long)pixel * G.O;
            if (G.IsProduct)
            {
                Slice<V, L>(pixel, count, channel, channels, dy, sums);
                continue;
            }
            T** rows = (T**)HostScratch.Rent<nint>(PointerSlot, SlicePixels);
            plan.GatherRows(pixel, count, X.Pointer(), zeros, rows);
            Multiply<V, L>(rows, count, channel, channels, dy, sums);
        }
    }

    private readonly unsafe void Multiply<V, L>(T** rows, int count, int channel, int channels, T* dy, T* sums) where V : struct where L : struct, ILanes<T, V>
    {
        int pitch = WeightGradientSplit.Of(G).Pitch;
        for (int number = 0; number < Panels<T, V, L>.Number(G.O); number++)
        {
            int vectors = Panels<T, V, L>.VectorsOf(number, G.O), column = number * Panels<T, V, L>.Width;
            for (int row = 0; row < channels; row += ProductTile.Rows)
                Multiply<V, L>(vectors, rows, channel + row, count, dy + column, G.O, sums + (long)row * pitch + column, pitch, Math.Min(ProductTile.Rows, channels - row), adds: true);
        }
    }

    // Columns behind the last one are whatever stands there; they end in the padding of the sums and are never read.
    internal static unsafe void Multiply<V, L>(int vectors, T** rows, int offset, int count, T* panel, int panelPitch, T* sums, int pitch, int stored, bool adds)
        where V : struct where L : struct, ILanes<T, V>
    {
        switch (vectors)
        {
            case 1: ProductTile.MultiplyColumns<T, V, L, One>(rows, offset, count, panel, panelPitch, sums, pitch, stored, adds); break;
            case 2: ProductTile.MultiplyColumns<T, V, L, Two>(rows, offset, count, panel, panelPitch, sums, pitch, stored, adds); break;
            case 3: ProductTile.MultiplyColumns<T, V, L, Three>(rows, offset, count, panel, panelPitch, sums, pitch, stored, adds); break;
            default: ProductTile.MultiplyColumns<T, V, L, Four>(rows, offset, count, panel, panelPitch, sums, pitch, stored, adds); break;
        }
    }

    private readonly unsafe void Reduce(int row, T* parts)
    {
        WeightGradientSplit split = WeightGradientSplit.Of(G);
        T* sums = parts + (long)row * split.Pitch;
        var gradient = new Span<T>(Gradient.Pointer() + (long)row * G.O, G.O);
        new ReadOnlySpan<T>(sums, G.O).CopyTo(gradient);
        for (int part = 1; part < split.Parts; part++)
            TensorPrimitives.Add(gradient, new ReadOnlySpan<T>(sums + (long)part * split.Rows * split.Pitch, G.O), gradient);
    }
}
