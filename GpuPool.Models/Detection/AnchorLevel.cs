namespace GpuPool.Models.Detection;

/// <summary>The anchors of one map: the same boxes in each of its cells.</summary>
/// <param name="Stride">Pixels of the input for a cell of the map, along each axis.</param>
/// <param name="Cell">The anchors of the cell at the upper left.</param>
public sealed record AnchorLevel(int Stride, IReadOnlyList<Box> Cell)
{
    /// <summary>
    /// Anchors of SSD (Liu et al., 2016) around the middle of the cell: squares of side <paramref name="least"/> and of the geometric mean of the two sides, then for each ratio one
    /// wider and one higher by it, with the area of the first.
    /// </summary>
    public static AnchorLevel Ssd(int stride, double least, double most, params IEnumerable<int> ratios)
    {
        double mean = Math.Sqrt(least * most);
        return new AnchorLevel(stride, [Middle(stride, least, least), Middle(stride, mean, mean), .. ratios.SelectMany(ratio => new[]
        {
            Middle(stride, least * Math.Sqrt(ratio), least / Math.Sqrt(ratio)),
            Middle(stride, least / Math.Sqrt(ratio), least * Math.Sqrt(ratio)),
        })]);
    }

    /// <summary>Anchors of a region proposal network (Ren et al., 2015) around the upper left corner of the cell: for each ratio of height to width one of the area side².</summary>
    public static AnchorLevel Region(int stride, double side, params IEnumerable<double> ratios) => new(
        stride, [.. ratios.Select(ratio => Box.Around(0, 0, (float)(side / Math.Sqrt(ratio)), (float)(side * Math.Sqrt(ratio))))]);

    /// <summary>Anchors of YOLOv3 (Redmon and Farhadi, 2018) around the middle of the cell, of these extents.</summary>
    public static AnchorLevel Yolo(int stride, params IEnumerable<(int Width, int Height)> sizes) => new(stride, [.. sizes.Select(size => Middle(stride, size.Width, size.Height))]);

    /// <summary>How many cells along an axis show some of a picture of so many pixels.</summary>
    public int CellsOf(int pixels) => (pixels + Stride - 1) / Stride;

    /// <summary>The anchors of a map, cell by cell of each row in turn.</summary>
    public IEnumerable<Box> Of(int height, int width)
    {
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                foreach (Box anchor in Cell)
                    yield return anchor.Shifted(x * Stride, y * Stride);
            }
        }
    }

    private static Box Middle(int stride, double width, double height) => Box.Around(stride / 2f, stride / 2f, (float)width, (float)height);
}
