using System.Numerics;

namespace GpuPool.Kernels.Boxes;

/// <summary>A rectangle in the plane of a picture, in pixels; continuous, so its width is <c>X2 - X1</c> and a single pixel is 1 wide. <c>Box</c> alone is that of float.</summary>
/// <param name="X1">Left edge.</param>
/// <param name="Y1">Upper edge.</param>
/// <param name="X2">Right edge.</param>
/// <param name="Y2">Lower edge.</param>
public readonly record struct Box<T>(T X1, T Y1, T X2, T Y2) where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly T _half = T.CreateChecked(0.5);

    /// <summary>Extent along x; negative where the edges are swapped.</summary>
    public T Width => X2 - X1;

    /// <summary>Extent along y; negative where the edges are swapped.</summary>
    public T Height => Y2 - Y1;

    /// <summary>Width times height.</summary>
    public T Area => Width * Height;

    /// <summary>Middle along x.</summary>
    public T CentreX => (X1 + X2) * _half;

    /// <summary>Middle along y.</summary>
    public T CentreY => (Y1 + Y2) * _half;

    /// <summary>A box of this middle and these extents.</summary>
    public static Box<T> Around(T x, T y, T width, T height)
    {
        (T right, T down) = (width * _half, height * _half);
        return new Box<T>(x - right, y - down, x + right, y + down);
    }

    /// <summary>The box moved.</summary>
    public Box<T> Shifted(T x, T y) => new(X1 + x, Y1 + y, X2 + x, Y2 + y);

    /// <summary>The box with its coordinates multiplied, those along x and those along y.</summary>
    public Box<T> Scaled(T x, T y) => new(X1 * x, Y1 * y, X2 * x, Y2 * y);

    /// <summary>The box with its edges moved into a picture of these extents.</summary>
    public Box<T> ClippedTo(T width, T height) =>
        new(T.Clamp(X1, T.Zero, width), T.Clamp(Y1, T.Zero, height), T.Clamp(X2, T.Zero, width), T.Clamp(Y2, T.Zero, height));
}
