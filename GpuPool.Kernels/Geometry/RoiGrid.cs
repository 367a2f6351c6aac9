using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Geometry;

/// <summary>How boxes are cut into bins and laid on maps, as kernels see it.</summary>
/// <param name="Images">Number of maps.</param>
/// <param name="Map">The maps.</param>
/// <param name="Height">Rows of bins.</param>
/// <param name="Width">Columns of bins.</param>
/// <param name="Samples">Samples along each axis of a bin; 0 for one in each cell.</param>
/// <param name="Shift">Half cells by which a box is moved back: 1 where boxes are aligned, else 0 (a kernel takes no bool).</param>
internal readonly record struct RoiGrid(int Images, MapLayout Map, int Height, int Width, int Samples, int Shift)
{
    /// <summary>Numbers of a box: image, x1, y1, x2, y2.</summary>
    public const int BoxNumbers = 5;

    public MapLayout Bins => new(Height, Width, Map.Channels);

    /// <summary>The image of a box; -1 where there is none of this number.</summary>
    public int Image<T, R>(ArrayView<T> rois, int roi) where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        T number = rois[roi * BoxNumbers];
        int image = R.Truncate(number);
        return image >= 0 && image < Images && R.Of(image) == number ? image : -1;
    }

    public RoiAxis<T, R> Vertical<T, R>(ArrayView<T> rois, int roi, T scale) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        RoiAxis<T, R>.Of(rois[roi * BoxNumbers + 2], rois[roi * BoxNumbers + 4], scale, Shift > 0, Height, Samples, Map.Height);

    public RoiAxis<T, R> Horizontal<T, R>(ArrayView<T> rois, int roi, T scale) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        RoiAxis<T, R>.Of(rois[roi * BoxNumbers + 1], rois[roi * BoxNumbers + 3], scale, Shift > 0, Width, Samples, Map.Width);
}
