using System.Numerics;

namespace GpuPool.Kernels.Boxes;

/// <summary>
/// Boxes as YOLOv3 predicts them (Redmon and Farhadi, 2018): the middle as a share of a cell, from its left and upper edge, and ln of the extents over those of the anchor, whose
/// middle is that of its cell.
/// </summary>
public static class YoloCoder
{
    private const double Epsilon = 1e-6;

    /// <summary>Target of a box: shares within 1e-6 of the open interval (0, 1), and logarithms of at least 1e-6.</summary>
    /// <param name="anchor">The anchor.</param>
    /// <param name="box">The box.</param>
    /// <param name="stride">Pixels of a cell along each axis.</param>
    public static BoxDeltas<T> Encode<T>(Box<T> anchor, Box<T> box, T stride) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (T half, T least) = (T.CreateChecked(0.5), T.CreateChecked(Epsilon));
        return new BoxDeltas<T>(
            T.Clamp((box.CentreX - anchor.CentreX) / stride + half, least, T.One - least),
            T.Clamp((box.CentreY - anchor.CentreY) / stride + half, least, T.One - least),
            T.Log(T.Max(box.Width / anchor.Width, least)),
            T.Log(T.Max(box.Height / anchor.Height, least)));
    }

    /// <summary>The box of a prediction whose shares are behind the sigmoid.</summary>
    /// <param name="anchor">The anchor.</param>
    /// <param name="prediction">Shares and logarithms.</param>
    /// <param name="stride">Pixels of a cell along each axis.</param>
    public static Box<T> Decode<T>(Box<T> anchor, BoxDeltas<T> prediction, T stride) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T half = T.CreateChecked(0.5);
        return Box<T>.Around(
            anchor.CentreX + (prediction.X - half) * stride,
            anchor.CentreY + (prediction.Y - half) * stride,
            anchor.Width * T.Exp(prediction.Width),
            anchor.Height * T.Exp(prediction.Height));
    }
}
