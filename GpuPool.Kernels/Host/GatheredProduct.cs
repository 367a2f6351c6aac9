namespace GpuPool.Kernels.Host;

/// <summary>
/// Product of gathered rows with a matrix in panels, one block of target pixels at a time: the convolution without its im2col matrix. The sum
/// over taps and channels is cut so that the slice of a panel in use stays in the first-level cache while all rows of the block pass over it.
/// </summary>
/// <remarks>Assumes what <see cref="ProductTile"/> assumes.</remarks>
internal static unsafe class GatheredProduct<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>Target pixels of a block: a multiple of the rows of a tile.</summary>
    public const int BlockRows = 96;

    // 160 rows of a panel of 256 bytes: 40 KiB.
    private const int SliceDepth = 160;

    private const int PointerSlot = 0;
    private const int ZeroSlot = 1;

    /// <summary>Computes target pixels [first, end) of the plan for panels [firstPanel, endPanel).</summary>
    public static void Run(in GatherPlan plan, T* source, T* panels, int panelRows, T* bias, T* target, int first, int end, int firstPanel, int endPanel)
    {
        int depth = plan.RunLength, columns = plan.TargetChannels, tiles = (end - first + ProductTile.Rows - 1) / ProductTile.Rows;
        T* zeros = HostScratch.Rent<T>(ZeroSlot, Math.Max(depth, Panels<T, V, L>.Width));
        new Span<T>(zeros, Math.Max(depth, Panels<T, V, L>.Width) + ProductTile.Rows).Clear();
        T** pointers = (T**)HostScratch.Rent<nint>(PointerSlot, tiles * ProductTile.Rows * (plan.Taps + 1));
        T** targets = pointers + tiles * ProductTile.Rows * plan.Taps;
        for (int row = 0; row < tiles * ProductTile.Rows; row++)
        {
            // Rows that fill up the last tile repeat its last pixel and write the same values to the same place.
            T** rows = pointers + row / ProductTile.Rows * ProductTile.Rows * plan.Taps + row % ProductTile.Rows;
            targets[row] = plan.Gather(Math.Min(first + row, end - 1), source, target, zeros, rows, ProductTile.Rows);
        }
        int sliceTaps = Math.Max(1, SliceDepth / depth), slices = Math.Max(1, (depth + SliceDepth - 1) / SliceDepth), sliceDepth = (depth + slices - 1) / slices;
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            int vectors = Panels<T, V, L>.VectorsOf(panel, columns), column = panel * Panels<T, V, L>.Width;
            T* b = panels + Panels<T, V, L>.Offset(panel, panelRows);
            T* start = bias is null ? zeros : bias + column;
            // A phase without taps still writes its zeros.
            for (int tap = 0; tap < Math.Max(1, plan.Taps); tap += sliceTaps)
            {
                int taps = Math.Min(sliceTaps, plan.Taps - tap);
                for (int offset = 0; offset < depth; offset += sliceDepth)
                {
                    int length = Math.Min(sliceDepth, depth - offset);
                    for (int tile = 0; tile < tiles; tile++)
                    {
                        T** a = pointers + (tile * plan.Taps + tap) * ProductTile.Rows;
                        Multiply(vectors, a, taps, offset, length, b, plan.PanelRow + tap, targets + tile * ProductTile.Rows, column, start, columns - column);
                    }
                    start = null;
                }
            }
        }
    }

    private static void Multiply(int vectors, T** a, int taps, int offset, int depth, T* b, int* panelRows, T** targets, int column, T* start, int columns)
    {
        T** c = stackalloc T*[ProductTile.Rows];
        for (int row = 0; row < ProductTile.Rows; row++)
            c[row] = targets[row] + column;
        int width = vectors * L.Count;
        if (columns >= width)
        {
            Multiply(vectors, a, taps, offset, depth, b, panelRows, c, start);
            return;
        }
        // The last vector would run into the next pixel: the tile is computed aside and the columns that exist are copied.
        T* aside = stackalloc T[ProductTile.Rows * width];
        T** rows = stackalloc T*[ProductTile.Rows];
        for (int row = 0; row < ProductTile.Rows; row++)
        {
            rows[row] = aside + row * width;
            if (start is null)
                new ReadOnlySpan<T>(c[row], columns).CopyTo(new Span<T>(rows[row], columns));
        }
        Multiply(vectors, a, taps, offset, depth, b, panelRows, rows, start);
        for (int row = 0; row < ProductTile.Rows; row++)
            new ReadOnlySpan<T>(rows[row], columns).CopyTo(new Span<T>(c[row], columns));
    }

    private static void Multiply(int vectors, T** a, int taps, int offset, int depth, T* b, int* panelRows, T** c, T* start)
    {
        switch (vectors)
        {
            case 1: ProductTile.MultiplyRows<T, V, L, OneVector>(a, taps, offset, depth, b, panelRows, c, start); break;
            case 2: ProductTile.MultiplyRows<T, V, L, TwoVectors>(a, taps, offset, depth, b, panelRows, c, start); break;
            case 3: ProductTile.MultiplyRows<T, V, L, ThreeVectors>(a, taps, offset, depth, b, panelRows, c, start); break;
            default: ProductTile.MultiplyRows<T, V, L, FourVectors>(a, taps, offset, depth, b, panelRows, c, start); break;
        }
    }
}
