using System.Runtime.Intrinsics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
internal partial struct FoldedInvertedResidualByChannels<T, R>
{
    private const int ExpandedSlot = 2, FilteredSlot = 3;

    // Pixels of which a panel of the expanded channels stays in the second-level cache.
    private const int MostPixels = 256;

    // Groups are whole vectors of any kind, in pairs where there are enough.
    private const int LongestVector = 16, MostGroups = 4;

    private const int SumTiles = 4;


    /// <summary>Whether an expanded map is of that kind.</summary>
    public static bool Suits(Shape expanded) => expanded[0] == 1 && expanded.Channels % LongestVector == 0 && expanded[1] * expanded[2] <= MostPixels;

    public readonly int ScratchCount => checked(Groups * Count);

    public readonly int Stages => 2;

    private readonly ConvolutionGeometry Filter => Whole.Depthwise.Direct.G;

    private readonly int Vectors => Filter.C / LongestVector;

    // Channels of which a group has a multiple.
    private readonly int Unit => (Vectors % 2 == 0 && Vectors >= 2 * MostGroups ? 2 : 1) * LongestVector;

    private readonly int Groups => Math.Min(MostGroups, Vectors);

    public readonly int StageTiles(int stage) => stage == 0 ? Groups : SumTiles;

    public readonly unsafe void RunTile(int stage, int tile, T* scratch)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(stage, tile, scratch);
        else
            Run<Vector256<T>, Lanes256<T>>(stage, tile, scratch);
    }

    private readonly int FirstChannel(int group) => Filter.C / Unit * group / Groups * Unit;

    private readonly unsafe void Run<V, L>(int stage, int tile, T* scratch) where V : struct where L : struct, ILanes<T, V>
    {
        if (stage == 0)
            SumGroup<V, L>(tile, scratch);
        else
            AddGroups<V, L>((int)((long)Count * tile / SumTiles), (int)((long)Count * (tile + 1) / SumTiles), scratch);
    }

    private readonly unsafe void SumGroup<V, L>(int group, T* scratch) where V : struct where L : struct, ILanes<T, V>
    {
        ConvolutionGeometry g = Filter;
        (ConvolutionForward<T> expansion, ConvolutionForward<T> projection) = (Whole.Expansion.Direct, Whole.Projection.Direct);
        int pixels = g.H * g.W, width = Panels<T, V, L>.Width, outputs = projection.G.O, begin = FirstChannel(group), end = FirstChannel(group + 1);
        T* expanded = HostScratch.Rent<T>(ExpandedSlot, pixels * g.C), filtered = HostScratch.Rent<T>(FilteredSlot, g.OutputPixels * g.C);
        T* bias = group == 0 ? projection.Bias.Pointer() : null;
        int* taps = stackalloc int[6];
        GatherPlan expand = GatherPlan.Forward(expansion.G, taps), project = GatherPlan.Forward(projection.G, taps + 3);
        for (int channel = begin, next; channel < end; channel = next)
        {
            next = Math.Min(end, (channel / width + 1) * width);
            var channels = new Interval(channel, next);
            GatheredProduct<T, V, L>.Run(
                expand, expansion.X.Pointer(), new(0, expansion.G.C), Whole.Expansion.Panels, expansion.Bias.Pointer(), adds: false, expanded, 0, pixels, channels, Whole.Expansion.Epilogue);
            Whole.Depthwise.Rows<V, L>(new(expanded, g.W, g.C), 0, g.Ho, filtered, channels);
            GatheredProduct<T, V, L>.Run(project, filtered, channels, Whole.Projection.Panels, bias, adds: channel > begin, scratch + group * Count, 0, g.OutputPixels, new(0, outputs), default);
        }
    }

    private readonly unsafe void AddGroups<V, L>(int first, int end, T* scratch) where V : struct where L : struct, ILanes<T, V>
    {
        FoldedConvolutionForward<T, R> last = Whole.Projection;
        V lower = L.Broadcast(last.Lower), upper = L.Broadcast(last.Upper);
        T* y = Whole.Y.Pointer(), residual = last.Residual.Pointer();
        int groups = Groups;
        for (; first <= end - L.Count; first += L.Count)
        {
            V sum = L.Load(scratch + first);
            for (int group = 1; group < groups; group++)
                sum = L.Add(sum, L.Load(scratch + group * Count + first));
            if (residual is not null)
                sum = L.Add(sum, L.Load(residual + first));
            L.Store(y + first, L.Min(upper, L.Max(lower, sum)));
        }
        for (; first < end; first++)
        {
            T sum = scratch[first];
            for (int group = 1; group < groups; group++)
                sum += scratch[group * Count + first];
            y[first] = last.Finish(first, sum);
        }
    }
}
