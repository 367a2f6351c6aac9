using System.Numerics;

namespace GpuPool.Kernels.Boxes;

/// <summary>
/// Boxes as differences from anchors (Girshick et al., 2014): with centres and extents of the anchor a and the box b, (bx - ax) / aw and (by - ay) / ah over
/// <see cref="CentreDeviation"/>, ln(bw / aw) and ln(bh / ah) over <see cref="SizeDeviation"/>.
/// </summary>
/// <param name="CentreDeviation">Standard deviation that the differences of centres are divided by: 0.1 in SSD.</param>
/// <param name="SizeDeviation">Standard deviation that the logarithms are divided by: 0.2 in SSD.</param>
/// <param name="LimitsShrinking">Whether a decoded box is at least 16 / 1000 of its anchor, as in mmdetection; that it is at most 1000 / 16 holds always.</param>
public sealed record DeltaCoder(double CentreDeviation = 1, double SizeDeviation = 1, bool LimitsShrinking = true)
{
    private static readonly double _limit = Math.Log(1000.0 / 16);

    /// <summary>The differences of a box from its anchor.</summary>
    public BoxDeltas<T> Encode<T>(Box<T> anchor, Box<T> box) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (T centre, T size) = (T.CreateChecked(CentreDeviation), T.CreateChecked(SizeDeviation));
        return new BoxDeltas<T>(
            (box.CentreX - anchor.CentreX) / anchor.Width / centre,
            (box.CentreY - anchor.CentreY) / anchor.Height / centre,
            T.Log(box.Width / anchor.Width) / size,
            T.Log(box.Height / anchor.Height) / size);
    }

    /// <summary>The box that differs so from its anchor.</summary>
    public Box<T> Decode<T>(Box<T> anchor, BoxDeltas<T> deltas) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (T centre, T size) = (T.CreateChecked(CentreDeviation), T.CreateChecked(SizeDeviation));
        return Box<T>.Around(
            anchor.CentreX + deltas.X * centre * anchor.Width,
            anchor.CentreY + deltas.Y * centre * anchor.Height,
            anchor.Width * T.Exp(Limit(deltas.Width * size)),
            anchor.Height * T.Exp(Limit(deltas.Height * size)));
    }

    private T Limit<T>(T logarithm) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T limit = T.CreateChecked(_limit);
        return LimitsShrinking ? T.Clamp(logarithm, -limit, limit) : T.Min(logarithm, limit);
    }
}
