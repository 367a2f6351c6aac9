using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Of each chunk of squares one stage transforms those of x and of dy, and the next adds up their products, each of the 36 in blocks of the channels of x; the last stage transforms back. Of few squares beside
// many weights, which are one chunk, blocks of the gradient are made at once.
// Assumes what Views.Pointer promises: host memory.
internal partial struct WinogradBackwardWeight<T>
{
    // Sums of products take 36 C O elements, transformed squares 36 (C + O) each: of few squares the sums would be most of the memory and of the time.
    private const int MostSums = 2;

    private const int BlockChannels = 132, FewestChunkSquares = 64, MostChunkSquares = 160;

    // Elements of transformed squares: 1 MB of float32, which stays in a second-level cache beside the sums.
    private const int MostTransformed = 1 << 18;

    private const int PointerSlot = 0, SumSlot = 2;

    private readonly WinogradPlan Plan => WinogradPlan.Forward(Direct.G);

    public readonly int ScratchCount => checked((int)(WinogradPlan.Products * ((long)SourcePitch + GradientPitch + (MakesBlocks ? 0 : SumPitch))));

    public readonly int Stages => MakesBlocks ? 2 : 2 * Chunks + 1;

    private readonly bool MakesBlocks => (long)Direct.G.C * Direct.G.O > (long)MostSums * Plan.Squares * (Direct.G.C + Direct.G.O);

    private readonly int ChunkSquares =>
        MakesBlocks ? Plan.Squares : Math.Min(Plan.Squares, Math.Clamp(MostTransformed / (WinogradPlan.Products * (Direct.G.C + Direct.G.O)), FewestChunkSquares, MostChunkSquares));

    private readonly int Chunks => (Plan.Squares + ChunkSquares - 1) / ChunkSquares;

    private readonly int ChannelBlocks => (Direct.G.C + BlockChannels - 1) / BlockChannels;

    private readonly int SourcePitch => ChunkSquares * Direct.G.C + WinogradPlan.Skew;

    private readonly int GradientPitch => ChunkSquares * Direct.G.O + WinogradPlan.Skew;

    private readonly int SumPitch => Direct.G.C * Direct.G.O + WinogradPlan.Skew;

    public readonly int StageTiles(int stage) =>
        stage == 2 * Chunks ? Direct.G.C
        : stage % 2 == 0 ? (ChunkOf(stage).Count + WinogradPlan.TransformSquares - 1) / WinogradPlan.TransformSquares
        : !MakesBlocks ? WinogradPlan.Products * ChannelBlocks
        : Vector512.IsHardwareAccelerated ? Blocks<Vector512<T>, Lanes512<T>>() : Blocks<Vector256<T>, Lanes256<T>>();

    public readonly unsafe void RunTile(int stage, int tile, T* scratch)
    {
        T* gradients = scratch + WinogradPlan.Products * SourcePitch, sums = gradients + WinogradPlan.Products * GradientPitch;
        if (Vector512.IsHardwareAccelerated)
            RunTile<Vector512<T>, Lanes512<T>>(stage, tile, scratch, gradients, sums);
        else
            RunTile<Vector256<T>, Lanes256<T>>(stage, tile, scratch, gradients, sums);
    }

    private readonly (int First, int Count) ChunkOf(int stage)
    {
        int first = stage / 2 * ChunkSquares;
        return (first, Math.Min(ChunkSquares, Plan.Squares - first));
    }

    private readonly unsafe void RunTile<V, L>(int stage, int tile, T* sources, T* gradients, T* sums) where V : struct where L : struct, ILanes<T, V>
    {
        (int inputs, int outputs) = (Direct.G.C, Direct.G.O);
        if (stage == 2 * Chunks)
            TransformBack<V, L>(sums + (long)tile * outputs, SumPitch, Direct.Gradient.Pointer() + (long)tile * outputs, outputs);
        else if (stage % 2 == 0)
            Transform<V, L>(ChunkOf(stage), tile * WinogradPlan.TransformSquares, sources, gradients);
        else if (MakesBlocks)
            Block<V, L>(tile, sources, gradients);
        else
            Multiply<V, L>(ChunkOf(stage), tile / ChannelBlocks, tile % ChannelBlocks * BlockChannels, sources, gradients, sums);
    }

    private readonly unsafe void Transform<V, L>((int First, int Count) chunk, int first, T* sources, T* gradients) where V : struct where L : struct, ILanes<T, V>
    {
        WinogradPlan plan = Plan;
        for (int square = first; square < Math.Min(chunk.Count, first + WinogradPlan.TransformSquares); square++)
        {
            plan.TransformSource<T, V, L>(Direct.X.Pointer(), chunk.First + square, sources + square * Direct.G.C, SourcePitch);
            TransformGradient<V, L>(chunk.First + square, gradients + square * Direct.G.O, GradientPitch);
        }
    }

    [SkipLocalsInit]
    private readonly unsafe void TransformGradient<V, L>(int square, T* transformed, long pitch) where V : struct where L : struct, ILanes<T, V>
    {
        const int Targets = WinogradPlan.Targets, Sources = WinogradPlan.Sources;
        ConvolutionGeometry g = Direct.G;
        (int image, int top, int left) = Plan.Place(square);
        T* half = stackalloc T[Sources * Targets * L.Count], zeros = HostScratch.Zeros<T>(g.O);
        T** pixels = stackalloc T*[Targets * Targets];
        for (int pixel = 0; pixel < Targets * Targets; pixel++)
        {
            int i = top + pixel / Targets, j = left + pixel % Targets;
            pixels[pixel] = i < g.Ho && j < g.Wo ? Direct.OutputGradient.Pointer() + ((long)(image * g.Ho + i) * g.Wo + j) * g.O : zeros;
        }
        for (int channel = 0; channel < g.O; channel += L.Count)
        {
            for (int column = 0; column < Targets; column++)
                Winograd<T, V, L>.TargetGradient(pixels + column, Targets, channel, half + column * L.Count, Targets * L.Count);
            for (int row = 0; row < Sources; row++)
                Winograd<T, V, L>.TargetGradient(half + row * Targets * L.Count, L.Count, transformed + row * Sources * pitch + channel, pitch);
        }
    }

    private readonly unsafe void Multiply<V, L>((int First, int Count) chunk, int product, int channel, T* sources, T* gradients, T* sums) where V : struct where L : struct, ILanes<T, V>
    {
        (int inputs, int outputs) = (Direct.G.C, Direct.G.O);
        int channels = Math.Min(BlockChannels, inputs - channel);
        T** rows = (T**)HostScratch.Rent<nint>(PointerSlot, chunk.Count);
        for (int square = 0; square < chunk.Count; square++)
            rows[square] = sources + (long)product * SourcePitch + square * inputs;
        for (int panel = 0; panel < Panels<T, V, L>.Number(outputs); panel++)
        {
            int vectors = Panels<T, V, L>.VectorsOf(panel, outputs), column = panel * Panels<T, V, L>.Width;
            T* gradient = gradients + (long)product * GradientPitch + column, target = sums + (long)product * SumPitch + (long)channel * outputs + column;
            for (int row = 0; row < channels; row += ProductTile.Rows)
            {
                ConvolutionBackwardWeight<T>.Multiply<V, L>(
                    vectors, rows, channel + row, chunk.Count, gradient, outputs, target + (long)row * outputs, outputs, Math.Min(ProductTile.Rows, channels - row), adds: chunk.First > 0);
            }
        }
    }

    /// <summary>Sums of products, a pitch apart, become weights of one channel of x.</summary>
    [SkipLocalsInit]
    private readonly unsafe void TransformBack<V, L>(T* sums, long pitch, T* target, int outputs) where V : struct where L : struct, ILanes<T, V>
    {
        const int Side = 3, Sources = WinogradPlan.Sources;
        long matrix = (long)Direct.G.C * Direct.G.O;
        T* half = stackalloc T[Side * Sources * L.Count];
        for (int output = 0; output < outputs; output += L.Count)
        {
            for (int column = 0; column < Sources; column++)
                Winograd<T, V, L>.WeightGradient(sums + column * pitch + output, Sources * pitch, half + column * L.Count, Sources * L.Count);
            for (int row = 0; row < Side; row++)
                Winograd<T, V, L>.WeightGradient(half + row * Sources * L.Count, L.Count, target + row * Side * matrix + output, matrix);
        }
    }
}
