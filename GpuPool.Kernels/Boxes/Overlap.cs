using System.Numerics;

namespace GpuPool.Kernels.Boxes;

/// <summary>How much two boxes have in common.</summary>
public static class Overlap
{
    /// <summary>Area of what lies in both; 0 where nothing does.</summary>
    public static T Intersection<T>(Box<T> a, Box<T> b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T width = T.Min(a.X2, b.X2) - T.Max(a.X1, b.X1), height = T.Min(a.Y2, b.Y2) - T.Max(a.Y1, b.Y1);
        return width > T.Zero && height > T.Zero ? width * height : T.Zero;
    }

    /// <summary>Intersection over union (IoU), the Jaccard index, in [0, 1].</summary>
    /// <param name="a">A box.</param>
    /// <param name="b">Another.</param>
    /// <param name="epsilon">Least union that divides, 1e-6 in mmdetection; with 0 two boxes without area give NaN, as in torchvision.</param>
    public static T OverUnion<T>(Box<T> a, Box<T> b, T epsilon = default) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T intersection = Intersection(a, b);
        return intersection / T.Max(a.Area + b.Area - intersection, epsilon);
    }

    /// <summary>Intersection over the area of the first box (IoF), the foreground, in [0, 1].</summary>
    /// <inheritdoc cref="OverUnion" path="/param"/>
    public static T OverFirst<T>(Box<T> a, Box<T> b, T epsilon = default) where T : unmanaged, IFloatingPointIeee754<T> => Intersection(a, b) / T.Max(a.Area, epsilon);

    /// <summary>
    /// Generalised IoU (Rezatofighi et al., 2019), in (-1, 1]: IoU - (H - U) / H with the area H of the smallest box that holds both and the union U.
    /// </summary>
    public static T Generalised<T>(Box<T> a, Box<T> b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T intersection = Intersection(a, b), union = a.Area + b.Area - intersection;
        T hull = (T.Max(a.X2, b.X2) - T.Min(a.X1, b.X1)) * (T.Max(a.Y2, b.Y2) - T.Min(a.Y1, b.Y1));
        return intersection / union - (hull - union) / hull;
    }
}
