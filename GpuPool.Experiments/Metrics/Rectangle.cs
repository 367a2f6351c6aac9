namespace GpuPool.Experiments.Metrics;

/// <summary>A rectangle in pixels of a picture, continuous: one of inclusive pixels from 3 to 5 is 3 wide.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Extent along x.</param>
/// <param name="Height">Extent along y.</param>
public readonly record struct Rectangle(double X, double Y, double Width, double Height)
{
    /// <summary>Width times height.</summary>
    public double Area => Width * Height;

    /// <summary>Area that lies in both; 0 where they do no more than touch.</summary>
    public double Intersection(in Rectangle other)
    {
        double width = Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X);
        double height = Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y);
        return width > 0 && height > 0 ? width * height : 0;
    }

    /// <summary>Intersection over union; 0 where they do no more than touch.</summary>
    public double IntersectionOverUnion(in Rectangle other) => Intersection(other) is > 0 and double both ? both / (Area + other.Area - both) : 0;

    /// <summary>Intersection over the area of this rectangle; 0 where they do no more than touch.</summary>
    public double IntersectionOverArea(in Rectangle other) => Intersection(other) is > 0 and double both ? both / Area : 0;
}
