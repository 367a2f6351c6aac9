using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Pooling.ContextAware;

/// <summary>
/// The 26 rectangles of a 3x3 grid that have a side of at least two cells, without the whole, and then the whole map, each as 7x7 pixels:
/// (N, H, W, C) to (N, 27, 7, 7 C). The grid lies on the map up-sampled to 42x42.
/// </summary>
/// <remarks>
/// Both resamplings are bilinear with half-pixel centres, as everywhere here; the code of CAP takes TensorFlow's older ones without. They are linear along each
/// axis, so one product with a 42-row matrix along rows and one along columns make all regions at once, and no up-sampled map is ever stored.
/// </remarks>
public sealed class RegionGrid : Module
{
    /// <summary>Number of regions.</summary>
    public const int Regions = 27;

    /// <summary>Rows and columns of a region.</summary>
    public const int Side = 7;

    private const int Cells = 3, CellSize = 14;

    private static readonly (int First, int Length)[] _intervals =
        [.. from first in Enumerable.Range(0, Cells) from length in Enumerable.Range(1, Cells - first) select (first, length)];

    // Columns vary slower than rows, as in the code of CAP; a recurrence over the regions sees them in this order.
    private static readonly (int Row, int Column)[] _rectangles =
    [
        .. from column in Enumerable.Range(0, _intervals.Length)
           from row in Enumerable.Range(0, _intervals.Length)
           let longest = Math.Max(_intervals[row].Length, _intervals[column].Length)
           where longest > 1 && _intervals[row].Length + _intervals[column].Length < 2 * Cells
           select (row, column),
    ];

    /// <summary>The grid; its products resample, which does not count.</summary>
    public RegionGrid() => CountsAs = CostPart.None;

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        (int images, int height, int width, int channels) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        int lines = _intervals.Length * Side;
        Tensor rows = Resampling(x, height, images).BatchProduct(x.Reshape(new Shape(images, height, width * channels)));
        Tensor all = Resampling(x, width, images * lines).BatchProduct(rows.Reshape(new Shape(images * lines, width, channels)));
        all = all.Reshape(new Shape(images, _intervals.Length, Side, _intervals.Length, Side * channels));
        var region = new Shape(images, 1, Side, Side * channels);
        Tensor whole = x.Upsample(Side, Side, Interpolation.Bilinear).Reshape(region);
        // The gradient of a slice is as large as what it is cut from, so rows are cut once each and not once a rectangle.
        Tensor[] bands = [.. Enumerable.Range(0, _intervals.Length).Select(row => all.Slice(1, row, 1))];
        Tensor[] regions = [.. _rectangles.Select(rectangle => bands[rectangle.Row].Slice(3, rectangle.Column, 1).Reshape(region)), whole];
        return regions[0].Concat(1, regions[1..]);
    }

    // (copies, intervals x side, extent): the weights with which each line of each interval takes the lines of the map.
    private static Tensor Resampling(Tensor x, int extent, int copies)
    {
        double[] identity = new double[extent * extent];
        for (int line = 0; line < extent; line++)
            identity[line * extent + line] = 1;
        Tensor grid = Tensor.Leaf(x.Device.Upload(new Shape(1, extent, 1, extent), identity, x.DType)).Upsample(Cells * CellSize, 1, Interpolation.Bilinear);
        Tensor[] lines = [.. _intervals.Select(interval =>
            grid.Slice(1, interval.First * CellSize, interval.Length * CellSize).Upsample(Side, 1, Interpolation.Bilinear))];
        Tensor weights = lines[0].Concat(1, lines[1..]).Reshape(new Shape(1, _intervals.Length * Side, extent));
        return weights.Broadcast(new Shape(copies, _intervals.Length * Side, extent));
    }
}
