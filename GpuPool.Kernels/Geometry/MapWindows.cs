namespace GpuPool.Kernels.Geometry;

/// <summary>The windows that cover a map, as kernels see them.</summary>
internal readonly record struct MapWindows(WindowAxis Vertical, WindowAxis Horizontal, int Channels)
{
    /// <summary>The map under the windows.</summary>
    public MapLayout Input => new(Vertical.Extent, Horizontal.Extent, Channels);

    /// <summary>The map with one pixel a window.</summary>
    public MapLayout Output => new(Vertical.Count, Horizontal.Count, Channels);

    /// <summary>Cells of one window, padding included.</summary>
    public int Area => Vertical.Size * Horizontal.Size;

    /// <summary>Whether there is one window, the map itself.</summary>
    public bool IsWhole => Vertical.IsWhole && Horizontal.IsWhole;

    public static MapWindows Of(Window window, Shape x)
    {
        (int rows, int columns) = window.Windows(x);
        return new(
            new(x[1], rows, window.Size.Height, window.Stride.Height, window.Padding.Height),
            new(x[2], columns, window.Size.Width, window.Stride.Width, window.Padding.Width), x[3]);
    }

    /// <summary>One window, as large as the map.</summary>
    public static MapWindows Whole(Shape x) => new(WindowAxis.Whole(x[1]), WindowAxis.Whole(x[2]), x[3]);

    /// <summary>Row-major number of a cell within a window.</summary>
    public int CellNumber(int windowRow, int windowColumn, int row, int column) =>
        (row - Vertical.Start(windowRow)) * Horizontal.Size + column - Horizontal.Start(windowColumn);
}

/// <summary>The windows along one axis of a map.</summary>
/// <param name="Extent">Cells of the map.</param>
/// <param name="Count">Windows.</param>
/// <param name="Size">Cells of a window.</param>
/// <param name="Stride">Cells from one window to the next.</param>
/// <param name="Padding">Cells by which the first window begins before the map.</param>
internal readonly record struct WindowAxis(int Extent, int Count, int Size, int Stride, int Padding)
{
    public static WindowAxis Whole(int extent) => new(extent, 1, extent, 1, 0);

    public bool IsWhole => Count == 1 && Padding == 0 && Size == Extent;

    /// <summary>First cell of a window, below 0 where that is padding.</summary>
    public int Start(int window) => window * Stride - Padding;

    /// <summary>Cells of a window that lie on the map.</summary>
    public Interval Cells(int window) => new(Math.Max(Start(window), 0), Math.Min(Start(window) + Size, Extent));

    /// <summary>Cells of a window that lie on the map or in its padding: all, but for a window that a remainder has for itself.</summary>
    public Interval PaddedCells(int window) => new(Start(window), Math.Min(Start(window) + Size, Extent + Padding));

    /// <summary>Windows that hold a cell of the map; none for a remainder or a gap that no window reaches.</summary>
    public Interval Holding(int cell)
    {
        int last = cell + Padding, first = last - Size;
        return new(first < 0 ? 0 : first / Stride + 1, Math.Min(last / Stride + 1, Count));
    }
}
