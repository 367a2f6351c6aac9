namespace GpuPool.Kernels.Host;

/// <summary>The right-hand matrix of a product: as it is, or laid out in panels.</summary>
internal readonly unsafe struct RightMatrix<T> where T : unmanaged
{
    private readonly T* _elements;
    private readonly int _panelRows;

    private RightMatrix(T* elements, int panelRows)
    {
        _elements = elements;
        _panelRows = panelRows;
    }

    /// <summary>Rows that lie behind each other. A product reads whole vectors: behind the last column stands the next row, or the slack behind the end.</summary>
    public static RightMatrix<T> Rows(T* elements) => new(elements, 0);

    /// <summary>As <see cref="Host.Panels{T, V, L}"/> lays out so many rows.</summary>
    public static RightMatrix<T> Panels(T* panels, int rows) => new(panels, rows);

    /// <summary>First element of the columns of a panel.</summary>
    public T* Panel<V, L>(int panel) where V : struct where L : struct, ILanes<T, V> =>
        _elements + (_panelRows == 0 ? panel * Panels<T, V, L>.Width : Panels<T, V, L>.Offset(panel, _panelRows));

    /// <summary>Elements from one row of a panel to the next, of a matrix of so many columns.</summary>
    public int Pitch<V, L>(int panel, int columns) where V : struct where L : struct, ILanes<T, V> =>
        _panelRows == 0 ? columns : Panels<T, V, L>.VectorsOf(panel, columns) * L.Count;
}
