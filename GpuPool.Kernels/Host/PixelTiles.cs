namespace GpuPool.Kernels.Host;

/// <summary>Pixels from anywhere that are to be multiplied with one matrix, tile by tile of <see cref="ProductTile.Rows"/>. It lies in the scratch of <see cref="GatheredProduct{T, V, L}"/> until that is used again.</summary>
internal unsafe struct PixelTiles<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    private readonly T** _pointers, _targets;
    private readonly int _tiles;
    private int _count;

    /// <param name="count">Number of pixels.</param>
    public PixelTiles(int count)
    {
        _tiles = (count + ProductTile.Rows - 1) / ProductTile.Rows;
        _pointers = GatheredProduct<T, V, L>.RentPointers(_tiles, 1);
        _targets = _pointers + _tiles * ProductTile.Rows;
    }

    /// <summary>Adds pixels that stand behind each other, and whose products are to.</summary>
    public void Add(T* pixel, int channels, T* target, int targetChannels, int pixels)
    {
        for (int end = _count + pixels; _count < end; _count++, pixel += channels, target += targetChannels)
        {
            _pointers[_count] = pixel;
            _targets[_count] = target;
        }
    }

    /// <summary>Multiplies them with a matrix that is laid out in panels.</summary>
    public readonly void Multiply(int channels, int outputs, T* panels, T* bias, in Epilogue<T> epilogue)
    {
        // Rows that fill up the last tile repeat its last pixel.
        for (int row = _count; row < _tiles * ProductTile.Rows; row++)
        {
            _pointers[row] = _pointers[_count - 1];
            _targets[row] = _targets[_count - 1];
        }
        int first = 0;
        var block = new ProductBlock<T> { Pointers = _pointers, Taps = 1, Targets = _targets, Tiles = _tiles, PanelRow = &first, Epilogue = epilogue };
        GatheredProduct<T, V, L>.Run(block, channels, RightMatrix<T>.Panels(panels, channels), outputs, bias, 0, Panels<T, V, L>.Number(outputs));
    }
}
