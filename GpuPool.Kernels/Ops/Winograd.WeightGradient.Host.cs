using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Stage 0 transforms the squares of x and of dy, stage 1 multiplies them, each of the 36 products in blocks of the channels of x, stage 2 transforms back.
// Assumes what Views.Pointer promises: host memory.
internal partial struct WinogradBackwardWeight<T>
{
    // Elements that may be taken for the transformed maps: a gigabyte of float32.
    private const long MostScratch = 1 << 28;

    private const int BlockSquares = 16, BlockChannels = 132, SliceSquares = 160;

    private const int PointerSlot = 0;

    private readonly WinogradPlan Plan => WinogradPlan.Forward(Direct.G);

    public readonly int ScratchCount => checked((int)Scratch(Direct.G));

    public readonly int Stages => 3;

    private readonly int ChannelBlocks => (Direct.G.C + BlockChannels - 1) / BlockChannels;

    private readonly int SourceCount => WinogradPlan.Products * Plan.Squares * Direct.G.C;

    private readonly int GradientCount => WinogradPlan.Products * Plan.Squares * Direct.G.O;

    /// <summary>Whether it is of this kind, and its transformed maps do not take too much.</summary>
    public static bool Suits(in ConvolutionGeometry g) => WinogradPlan.Suits(g) && Scratch(g) <= MostScratch;

    public readonly int StageTiles(int stage) =>
        stage == 0 ? (Plan.Squares + BlockSquares - 1) / BlockSquares : stage == 1 ? WinogradPlan.Products * ChannelBlocks : Direct.G.C;

    public readonly unsafe void RunTile(int stage, int tile, T* scratch)
    {
        if (Vector512.IsHardwareAccelerated)
            RunTile<Vector512<T>, Lanes512<T>>(stage, tile, scratch, scratch + SourceCount, scratch + SourceCount + GradientCount);
        else
            RunTile<Vector256<T>, Lanes256<T>>(stage, tile, scratch, scratch + SourceCount, scratch + SourceCount + GradientCount);
    }

    private static long Scratch(in ConvolutionGeometry g) =>
        WinogradPlan.Products * ((long)WinogradPlan.Forward(g).Squares * (g.C + g.O) + (long)g.C * g.O);

    private readonly unsafe void RunTile<V, L>(int stage, int tile, T* sources, T* gradients, T* products) where V : struct where L : struct, ILanes<T, V>
    {
        ConvolutionGeometry g = Direct.G;
        WinogradPlan plan = Plan;
        if (stage == 1)
            Multiply<V, L>(tile / ChannelBlocks, tile % ChannelBlocks * BlockChannels, sources, gradients, products);
        else if (stage == 2)
            TransformBack<V, L>(tile, products);
        for (int square = tile * BlockSquares; stage == 0 && square < Math.Min(plan.Squares, (tile + 1) * BlockSquares); square++)
        {
            plan.TransformSource<T, V, L>(Direct.X.Pointer(), square, sources + (long)square * g.C, (long)plan.Squares * g.C);
            TransformGradient<V, L>(square, gradients + (long)square * g.O, (long)plan.Squares * g.O);
        }
    }

    private readonly unsafe void TransformGradient<V, L>(int square, T* transformed, long pitch) where V : struct where L : struct, ILanes<T, V>
    {
        const int Targets = WinogradPlan.Targets, Sources = WinogradPlan.Sources;
        ConvolutionGeometry g = Direct.G;
        (int image, int top, int left) = Plan.Place(square);
        T* pixels = stackalloc T[Targets * Targets * L.Count], half = stackalloc T[Sources * Targets * L.Count];
        for (int channel = 0; channel < g.O; channel += L.Count)
        {
            for (int pixel = 0; pixel < Targets * Targets; pixel++)
            {
                int i = top + pixel / Targets, j = left + pixel % Targets;
                L.Store(pixels + pixel * L.Count, i < g.Ho && j < g.Wo ? L.Load(Direct.OutputGradient.Pointer() + ((long)(image * g.Ho + i) * g.Wo + j) * g.O + channel) : L.Zero);
            }
            for (int column = 0; column < Targets; column++)
                Winograd<T, V, L>.TargetGradient(pixels + column * L.Count, Targets * L.Count, half + column * L.Count, Targets * L.Count);
            for (int row = 0; row < Sources; row++)
                Winograd<T, V, L>.TargetGradient(half + row * Targets * L.Count, L.Count, transformed + row * Sources * pitch + channel, pitch);
        }
    }

    private readonly unsafe void Multiply<V, L>(int product, int channel, T* sources, T* gradients, T* products) where V : struct where L : struct, ILanes<T, V>
    {
        (int inputs, int outputs, int squares) = (Direct.G.C, Direct.G.O, Plan.Squares);
        int channels = Math.Min(BlockChannels, inputs - channel);
        T* sums = products + ((long)product * inputs + channel) * outputs;
        new Span<T>(sums, channels * outputs).Clear();
        T** rows = (T**)HostScratch.Rent<nint>(PointerSlot, SliceSquares);
        for (int square = 0; square < squares; square += SliceSquares)
        {
            int count = Math.Min(SliceSquares, squares - square);
            for (int p = 0; p < count; p++)
                rows[p] = sources + ((long)product * squares + square + p) * inputs;
            for (int number = 0; number < Panels<T, V, L>.Number(outputs); number++)
            {
                int vectors = Panels<T, V, L>.VectorsOf(number, outputs), column = number * Panels<T, V, L>.Width;
                T* gradient = gradients + ((long)product * squares + square) * outputs + column;
                for (int row = 0; row < channels; row += ProductTile.Rows)
                {
                    ConvolutionBackwardWeight<T>.Multiply<V, L>(
                        vectors, rows, channel + row, count, gradient, outputs, sums + (long)row * outputs + column, outputs, Math.Min(ProductTile.Rows, channels - row));
                }
            }
        }
    }

    private readonly unsafe void TransformBack<V, L>(int channel, T* products) where V : struct where L : struct, ILanes<T, V>
    {
        const int Side = 3, Sources = WinogradPlan.Sources;
        (int inputs, int outputs) = (Direct.G.C, Direct.G.O);
        long matrix = (long)inputs * outputs;
        T* half = stackalloc T[Side * Sources * L.Count];
        for (int output = 0; output < outputs; output += L.Count)
        {
            long place = (long)channel * outputs + output;
            for (int column = 0; column < Sources; column++)
                Winograd<T, V, L>.WeightGradient(products + column * matrix + place, Sources * matrix, half + column * L.Count, Sources * L.Count);
            for (int row = 0; row < Side; row++)
                Winograd<T, V, L>.WeightGradient(half + row * Sources * L.Count, L.Count, Direct.Gradient.Pointer() + row * Side * matrix + place, matrix);
        }
    }
}
