namespace GpuPool.Kernels.Host;

/// <summary>
/// Cuts a product of (rows, columns) into tiles of work: blocks of rows over all panels where there are many rows, and single panels over fewer
/// rows where there are few, as in the last layers of a network, fewer still where these are not tiles enough to share. The cut depends on the extents alone.
/// </summary>
internal readonly struct BlockSplit
{
    private const int EnoughBlocks = 8;
    private const int SmallBlockRows = 48;
    private const int FewestBlockRows = 2 * ProductTile.Rows;

    private readonly int _rows, _blockRows, _panels, _panelGroups;

    public BlockSplit(int rows, int blockRows, int panels)
    {
        bool many = rows >= EnoughBlocks * blockRows;
        (_rows, _panels) = (rows, panels);
        (_blockRows, _panelGroups) = (many ? blockRows : SmallRows(rows, panels), many ? 1 : panels);
    }

    public int Tiles => (_rows + _blockRows - 1) / _blockRows * _panelGroups;

    public (int First, int End, int FirstPanel, int EndPanel) this[int tile]
    {
        get
        {
            int block = tile / _panelGroups, group = tile % _panelGroups;
            int first = block * _blockRows;
            return (first, Math.Min(_rows, first + _blockRows), _panelGroups == 1 ? 0 : group, _panelGroups == 1 ? _panels : group + 1);
        }
    }

    // A share of the rows for each of the wanted tiles, in whole tiles of the product.
    private static int SmallRows(int rows, int panels)
    {
        int share = (int)Math.Min(SmallBlockRows, (long)rows * panels / EnoughBlocks);
        return Math.Max(FewestBlockRows, (share + ProductTile.Rows - 1) / ProductTile.Rows * ProductTile.Rows);
    }
}
