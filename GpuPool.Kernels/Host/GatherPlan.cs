using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>
/// Which source pixels a convolution gathers for which target pixels: forward from x to y, backward from dy to dx. Backward with stride s falls
/// apart into s.Height * s.Width phases, one for each residue of the target pixel; each is a product with only those taps of the window that meet it, so no
/// zeros are multiplied.
/// </summary>
/// <remarks>
/// Target pixel (TargetStep i + Top, TargetStep j + Left) gathers source pixels (SourceStep i + RowOffset(tap), SourceStep j + ColumnOffset(tap)), with the
/// steps of each axis.
/// </remarks>
internal unsafe struct GatherPlan
{
    private const int EdgeSlot = 5;

    public int N, SourceHeight, SourceWidth, PixelPitch, RunLength, RunColumns, TargetHeight, TargetWidth, TargetChannels;
    public int Height, Width, Top, Left, Taps;
    public Axes SourceStep, TargetStep;

    /// <summary>Of a run of <see cref="RunColumns"/> pixels that is gathered as one: the row offset, the column offset, and the row of the panel at which its weights begin.</summary>
    public int* RowOffset, ColumnOffset, PanelRow;

    /// <summary>Target pixels of this phase.</summary>
    public readonly int Rows => N * Height * Width;

    // Each target pixel takes the source pixel in its place: the plain product of a matrix.
    private readonly bool IsProduct => Taps == 1 && SourceStep == 1 && TargetStep == 1 && RowOffset[0] == 0 && ColumnOffset[0] == 0
        && SourceHeight == Height && SourceWidth == Width && TargetHeight == Height && TargetWidth == Width;

    /// <summary>Phases of a backward pass.</summary>
    public static int Phases(in ConvolutionGeometry g) => g.Stride.Area;

    /// <summary>Target pixels of the largest of them, the first.</summary>
    public static int MostRowsOfPhase(in ConvolutionGeometry g) => g.N * RowsOfPhase(g, 0) * ColumnsOfPhase(g, 0);

    /// <summary>The single phase of a forward pass; <paramref name="taps"/> has room for three numbers for each tap.</summary>
    public static GatherPlan Forward(in ConvolutionGeometry g, int* taps)
    {
        GatherPlan plan = ForwardWithoutTaps(g, taps);
        for (int run = 0; run < g.Runs; run++)
        {
            if (g.MeetsRun(run))
                plan.AddRun(g, run);
        }
        return plan;
    }

    /// <summary>A single run of the forward pass.</summary>
    public static GatherPlan Forward(in ConvolutionGeometry g, int run, int* taps)
    {
        GatherPlan plan = ForwardWithoutTaps(g, taps);
        plan.AddRun(g, run);
        return plan;
    }

    /// <summary>One phase of a backward pass.</summary>
    public static GatherPlan Backward(in ConvolutionGeometry g, int phase, int* taps)
    {
        int top = phase / g.Stride.Width, left = phase % g.Stride.Width;
        var plan = new GatherPlan
        {
            N = g.N,
            SourceHeight = g.Ho,
            SourceWidth = g.Wo,
            PixelPitch = g.O,
            RunLength = g.O,
            RunColumns = 1,
            TargetHeight = g.H,
            TargetWidth = g.W,
            TargetChannels = g.C,
            Height = RowsOfPhase(g, top),
            Width = ColumnsOfPhase(g, left),
            SourceStep = 1,
            TargetStep = g.Stride,
            Top = top,
            Left = left,
            RowOffset = taps,
            ColumnOffset = taps + g.Taps,
            PanelRow = taps + 2 * g.Taps,
        };
        for (int tap = 0; tap < g.Taps; tap++)
        {
            int row = top - g.Row(tap), column = left - g.Column(tap);
            if (row % g.Stride.Height == 0 && column % g.Stride.Width == 0 && g.Meets(tap))
                plan.AddTap(row / g.Stride.Height, column / g.Stride.Width, tap * g.O);
        }
        return plan;
    }

    /// <summary>For target pixels [first, first + count) the source row of the only tap, or <paramref name="zeros"/> outside the map.</summary>
    public readonly void GatherRows<T>(int first, int count, T* source, T* zeros, T** rows) where T : unmanaged
    {
        (int n, int i, int j) = Place(first);
        T* edges = RentEdges<T>(count);
        for (int row = 0, run; row < count; row += run)
        {
            run = Math.Min(Width - j, count - row);
            Gather(0, n, i, j, run, source, zeros, ref edges, rows + row, 0, int.MaxValue);
            NextRow(ref n, ref i, ref j);
        }
    }

    /// <summary>
    /// Pointers of target pixels [first, end), tile by tile of <see cref="ProductTile.Rows"/>: for each tap those of its rows, and where the results go. Rows that fill up the
    /// last tile repeat its last pixel.
    /// </summary>
    public readonly void GatherTiles<T>(int first, int end, int tiles, T* source, T* target, T* zeros, T** pointers, T** targets) where T : unmanaged
    {
        int count = end - first, filled = tiles * ProductTile.Rows;
        if (IsProduct)
        {
            T* pixel = source + (long)first * PixelPitch, result = target + (long)first * TargetChannels;
            for (int row = 0; row < filled; row++)
            {
                pointers[row] = pixel;
                targets[row] = result;
                if (row < count - 1)
                {
                    pixel += PixelPitch;
                    result += TargetChannels;
                }
            }
            return;
        }
        (int n, int i, int j) = Place(first);
        T* edges = RentEdges<T>(count * Taps);
        for (int row = 0, run; row < count; row += run)
        {
            run = Math.Min(Width - j, count - row);
            for (int tap = 0; tap < Taps; tap++)
                Gather(tap, n, i, j, run, source, zeros, ref edges, Slot(pointers, row, tap), row % ProductTile.Rows, ProductTile.Rows);
            T* result = target + ((long)(n * TargetHeight + i * TargetStep.Height + Top) * TargetWidth + j * TargetStep.Width + Left) * TargetChannels;
            for (int pixel = row; pixel < row + run; pixel++, result += TargetStep.Width * TargetChannels)
                targets[pixel] = result;
            NextRow(ref n, ref i, ref j);
        }
        for (int row = count; row < filled; row++)
        {
            targets[row] = targets[count - 1];
            for (int tap = 0; tap < Taps; tap++)
                Slot(pointers, row, tap)[row % ProductTile.Rows] = Slot(pointers, count - 1, tap)[(count - 1) % ProductTile.Rows];
        }
    }

    // The pointers of a tap in the tile of a row.
    private readonly T** Slot<T>(T** pointers, int row, int tap) where T : unmanaged => pointers + (row / ProductTile.Rows * Taps + tap) * ProductTile.Rows;

    // Source pixels of a tap for a run of target pixels of one row: their addresses differ by the same step.
    private readonly void Gather<T>(int tap, int n, int i, int j, int run, T* source, T* zeros, ref T* edges, T** slot, int lane, int lanes) where T : unmanaged
    {
        int h = i * SourceStep.Height + RowOffset[tap], w = j * SourceStep.Width + ColumnOffset[tap];
        nint step = SourceStep.Width * PixelPitch, nextTile = Taps * lanes;
        T* pixel = source + ((long)(n * SourceHeight + h) * SourceWidth + w) * PixelPitch;
        bool isInside = (uint)h < (uint)SourceHeight;
        // Columns from which on what is gathered lies within the row: none where that is outside the map.
        int columns = isInside ? Math.Max(0, SourceWidth - RunColumns + 1) : 0;
        for (; run > 0; run--, pixel += step, w += SourceStep.Width)
        {
            slot[lane] = (uint)w < (uint)columns ? pixel : isInside && RunColumns > 1 ? Edge(w, pixel, ref edges) : zeros;
            if (++lane < lanes)
                continue;
            lane = 0;
            slot += nextTile;
        }
    }

    // A run that reaches into the padding, or lies there, with its zeros.
    private readonly T* Edge<T>(int w, T* pixel, ref T* edges) where T : unmanaged
    {
        T* edge = edges;
        edges += RunLength;
        for (int column = 0; column < RunColumns; column++)
        {
            for (int c = 0; c < PixelPitch; c++)
                edge[column * PixelPitch + c] = (uint)(w + column) < (uint)SourceWidth ? pixel[column * PixelPitch + c] : default;
        }
        return edge;
    }

    private readonly T* RentEdges<T>(int most) where T : unmanaged => RunColumns > 1 ? HostScratch.Rent<T>(EdgeSlot, most * RunLength) : null;

    private readonly (int N, int I, int J) Place(int row) => (row / (Width * Height), row / Width % Height, row % Width);

    private readonly void NextRow(ref int n, ref int i, ref int j)
    {
        j = 0;
        if (++i == Height)
            (i, n) = (0, n + 1);
    }

    private static int RowsOfPhase(in ConvolutionGeometry g, int top) => (g.H - top + g.Stride.Height - 1) / g.Stride.Height;

    private static int ColumnsOfPhase(in ConvolutionGeometry g, int left) => (g.W - left + g.Stride.Width - 1) / g.Stride.Width;

    private static GatherPlan ForwardWithoutTaps(in ConvolutionGeometry g, int* taps) => new()
    {
        N = g.N,
        SourceHeight = g.H,
        SourceWidth = g.W,
        PixelPitch = g.C,
        RunLength = g.RunLength,
        RunColumns = g.GathersRows ? g.Size.Width : 1,
        TargetHeight = g.Ho,
        TargetWidth = g.Wo,
        TargetChannels = g.O,
        Height = g.Ho,
        Width = g.Wo,
        SourceStep = g.Stride,
        TargetStep = 1,
        RowOffset = taps,
        ColumnOffset = taps + g.Taps,
        PanelRow = taps + 2 * g.Taps,
    };

    private void AddRun(in ConvolutionGeometry g, int run)
    {
        int tap = g.FirstTap(run);
        AddTap(g.Row(tap), g.Column(tap), tap * g.C);
    }

    private void AddTap(int row, int column, int panelRow)
    {
        (RowOffset[Taps], ColumnOffset[Taps], PanelRow[Taps]) = (row, column, panelRow);
        Taps++;
    }
}
