using System.Numerics;
using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>
/// Product of gathered rows with a matrix, one block of target pixels at a time: the convolution without its im2col matrix. The sum
/// over taps and channels is cut so that the slice of a panel in use stays in the first-level cache while all rows of the block pass over it.
/// </summary>
/// <remarks>Assumes what <see cref="ProductTile"/> assumes.</remarks>
internal static unsafe class GatheredProduct<T, V, L> where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>Target pixels of a block: a multiple of the rows of a tile.</summary>
    public const int BlockRows = 96;

    // 160 rows of a panel of 256 bytes: 40 KiB.
    private const int SliceDepth = 160;

    private const int PointerSlot = 0;
    private const int AsideSlot = 1;

    /// <summary>Computes target pixels [first, end) of the plan for panels [firstPanel, endPanel).</summary>
    public static void Run(
        in GatherPlan plan, T* source, in RightMatrix<T> right, T* bias, T* target, int first, int end, int firstPanel, int endPanel, in Epilogue<T> epilogue)
    {
        int width = Panels<T, V, L>.Width;
        Run(plan, source, new(0, plan.RunLength), right, bias, adds: false, target, first, end, new(firstPanel * width, Math.Min(endPanel * width, plan.TargetChannels)), epilogue);
    }

    /// <summary>Computes some columns, whole vectors but for the last, of target pixels [first, end) of the plan: sums over some elements of each gathered row, or adds them to what is there.</summary>
    public static void Run(
        in GatherPlan plan, T* source, Interval depth, in RightMatrix<T> right, T* bias, bool adds, T* target, int first, int end, Interval columns, in Epilogue<T> epilogue)
    {
        ProductBlock<T> block = Gather(plan, source, target, first, end);
        block.Epilogue = epilogue;
        Run(block, depth, right, plan.TargetChannels, bias, adds, columns);
    }

    /// <summary>Computes rows [first, end) of one image of the plan, which stand somewhere else than in their map.</summary>
    public static void Run(in GatherPlan plan, T* source, in RightMatrix<T> right, T* bias, in MapRows<T, V, L> target, int image, int first, int end, in Epilogue<T> epilogue)
    {
        int height = image * plan.Height;
        ProductBlock<T> block = Gather(plan, source, null, (height + first) * plan.Width, (height + end) * plan.Width);
        block.Epilogue = epilogue;
        T** targets = block.Targets;
        for (int row = first; row < end; row++)
        {
            T* pixel = target.Row(row);
            for (T** next = targets + plan.Width; targets < next; targets++, pixel += plan.TargetChannels)
                *targets = pixel;
        }
        for (T** filled = block.Targets + block.Tiles * ProductTile.Rows; targets < filled; targets++)
            *targets = targets[-1];
        Run(block, new(0, plan.RunLength), right, plan.TargetChannels, bias, adds: false, new(0, plan.TargetChannels));
    }

    private static ProductBlock<T> Gather(in GatherPlan plan, T* source, T* target, int first, int end)
    {
        int tiles = (end - first + ProductTile.Rows - 1) / ProductTile.Rows, rows = tiles * ProductTile.Rows;
        T** pointers = (T**)HostScratch.Rent<nint>(PointerSlot, rows * (plan.Taps + 1)), targets = pointers + rows * plan.Taps;
        plan.GatherTiles(first, end, tiles, source, target, HostScratch.Zeros<T>(Math.Max(plan.RunLength, Panels<T, V, L>.Width)), pointers, targets);
        return new ProductBlock<T>
        {
            Pointers = pointers,
            Taps = plan.Taps,
            Targets = targets,
            Tiles = tiles,
            LastRows = end - first - (tiles - 1) * ProductTile.Rows,
            PanelRow = plan.PanelRow,
        };
    }

    private static void Run(in ProductBlock<T> gathered, Interval depth, in RightMatrix<T> right, int columns, T* bias, bool adds, Interval range)
    {
        // No more zeros than the rows were gathered with, which would be lost.
        T* zeros = HostScratch.Zeros<T>(Panels<T, V, L>.Width), aside = HostScratch.Rent<T>(AsideSlot, L.Count);
        int sliceTaps = Math.Max(1, SliceDepth / depth.Length), slices = Math.Max(1, (depth.Length + SliceDepth - 1) / SliceDepth), sliceDepth = (depth.Length + slices - 1) / slices;
        for (int column = range.First, vectors; column < range.End; column += vectors * L.Count)
        {
            int panel = column / Panels<T, V, L>.Width, before = column - panel * Panels<T, V, L>.Width;
            vectors = Math.Min(Panels<T, V, L>.VectorsOf(panel, columns) - before / L.Count, (range.End - column + L.Count - 1) / L.Count);
            ProductBlock<T> block = gathered;
            block.Panel = right.Panel<V, L>(panel) + before;
            block.PanelPitch = right.Pitch<V, L>(panel, columns);
            block.Column = column;
            block.LastColumns = Math.Min(L.Count, columns - column - (vectors - 1) * L.Count);
            block.Aside = aside;
            block.Start = adds ? null : bias is null ? zeros : bias + column;
            // A phase without taps still writes its zeros.
            for (int tap = 0; tap < Math.Max(1, block.Taps); tap += sliceTaps)
            {
                int taps = Math.Min(sliceTaps, block.Taps - tap);
                for (int offset = depth.First; offset < depth.End; offset += sliceDepth)
                {
                    block.Ahead = Math.Min(sliceDepth, depth.End - offset) * taps * block.PanelPitch;
                    bool isLast = tap + sliceTaps >= block.Taps && offset + sliceDepth >= depth.End;
                    if (isLast && block.Epilogue.Exists)
                        Multiply<WithEpilogue>(vectors, block, tap, taps, offset, Math.Min(sliceDepth, depth.End - offset));
                    else
                        Multiply<NoEpilogue>(vectors, block, tap, taps, offset, Math.Min(sliceDepth, depth.End - offset));
                    block.Start = null;
                }
            }
        }
    }

    /// <summary>Multiplies all tiles of a block with a slice of its panel, which has so many vectors: what <see cref="ProductTile.MultiplyRows"/> does for each.</summary>
    public static void Multiply<E>(int vectors, in ProductBlock<T> block, int tap, int taps, int offset, int depth) where E : struct, IEpilogue
    {
        switch (vectors)
        {
            case 1: Multiply<One, E>(block, tap, taps, offset, depth); break;
            case 2: Multiply<Two, E>(block, tap, taps, offset, depth); break;
            case 3: Multiply<Three, E>(block, tap, taps, offset, depth); break;
            default: Multiply<Four, E>(block, tap, taps, offset, depth); break;
        }
    }

    private static void Multiply<W, E>(in ProductBlock<T> block, int tap, int taps, int offset, int depth) where W : struct, ITileSide where E : struct, IEpilogue
    {
        int whole = block.LastRows > Four.Count ? block.Tiles : block.Tiles - 1;
        for (int tile = 0; tile < whole; tile++)
            ProductTile.MultiplyRows<T, V, L, W, Six, E>(block, tile, tap, taps, offset, depth);
        if (whole < block.Tiles)
            ProductTile.MultiplyRows<T, V, L, W, Four, E>(block, whole, tap, taps, offset, depth);
    }
}
