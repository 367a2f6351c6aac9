namespace GpuPool.Experiments.Metrics;

/// <summary>Sizes of objects in pixels, both ends included. An object of 1,024 is small and medium.</summary>
/// <param name="Name">As pycocotools has it.</param>
/// <param name="Least">Smallest area.</param>
/// <param name="Most">Largest area.</param>
public sealed record AreaRange(string Name, double Least, double Most)
{
    private const double Unbounded = 1e10, SmallToMedium = 32 * 32, MediumToLarge = 96 * 96;

    /// <summary>Objects of every size.</summary>
    public static AreaRange All { get; } = new("all", 0, Unbounded);

    /// <summary>Up to 32 x 32.</summary>
    public static AreaRange Small { get; } = new("small", 0, SmallToMedium);

    /// <summary>From 32 x 32 to 96 x 96.</summary>
    public static AreaRange Medium { get; } = new("medium", SmallToMedium, MediumToLarge);

    /// <summary>From 96 x 96 on.</summary>
    public static AreaRange Large { get; } = new("large", MediumToLarge, Unbounded);

    /// <summary>The four of COCO.</summary>
    public static IReadOnlyList<AreaRange> Every { get; } = [All, Small, Medium, Large];

    /// <summary>Whether an area is within.</summary>
    public bool Contains(double area) => area >= Least && area <= Most;
}
