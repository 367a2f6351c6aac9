namespace GpuPool.Kernels.Boxes;

/// <summary>A rectangle in the plane of a picture, in pixels; continuous, so its width is <c>X2 - X1</c> and a single pixel is 1 wide.</summary>
/// <param name="X1">Left edge.</param>
/// <param name="Y1">Upper edge.</param>
/// <param name="X2">Right edge.</param>
/// <param name="Y2">Lower edge.</param>
public readonly record struct Box(float X1, float Y1, float X2, float Y2)
{
    /// <summary>Extent along x; negative where the edges are swapped.</summary>
    public float Width => X2 - X1;

    /// <summary>Extent along y; negative where the edges are swapped.</summary>
    public float Height => Y2 - Y1;

    /// <summary>Width times height.</summary>
    public float Area => Width * Height;
}
