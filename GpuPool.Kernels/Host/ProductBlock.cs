namespace GpuPool.Kernels.Host;

/// <summary>Tiles of rows that are multiplied with one panel, and where the products go.</summary>
internal unsafe struct ProductBlock<T> where T : unmanaged
{
    /// <summary>Of each tile and tap six row pointers.</summary>
    public T** Pointers;

    public int Taps, Tiles;

    /// <summary>Rows of the last tile that are not the same as others.</summary>
    public int LastRows;

    /// <summary>Of each tile six rows of the result; rows that are the same are written to one place.</summary>
    public T** Targets;

    /// <summary>The panel of the right-hand matrix.</summary>
    public T* Panel;

    /// <summary>Elements from one of its rows to the next.</summary>
    public nint PanelPitch;

    /// <summary>Row of the panel at which each tap begins.</summary>
    public int* PanelRow;

    /// <summary>First column of the result.</summary>
    public int Column;

    /// <summary>Columns of the last vector.</summary>
    public int LastColumns;

    /// <summary>Elements from a row of the panel to the one that is read next after this slice of it.</summary>
    public nint Ahead;

    /// <summary>Room for that vector.</summary>
    public T* Aside;

    /// <summary>A row to start every sum from; null for the result as it is.</summary>
    public T* Start;

    /// <summary>What becomes of the sums.</summary>
    public Epilogue<T> Epilogue;
}
