using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>How regions are classified; the defaults are those of the released configuration.</summary>
public sealed record RoiHeadOptions
{
    /// <summary>Bins along each side of a region.</summary>
    public int Bins { get; init; } = 7;

    /// <summary>Units of each of the two hidden layers.</summary>
    public int Width { get; init; } = 1024;

    /// <summary>Half the side from which on a square region is cut out of the second level, in pixels; each doubling is a level more.</summary>
    public double FinestSide { get; init; } = 56;

    /// <summary>What is predicted of a box beside its region.</summary>
    public DeltaCoder Coder { get; init; } = new(0.1, 0.2);

    /// <summary>Which proposals show an object.</summary>
    public OverlapMatching Matching { get; init; } = new(0.5, 0.5);

    /// <summary>Regions of a picture that are trained.</summary>
    public int Samples { get; init; } = 512;

    /// <summary>Largest share of them that shows an object.</summary>
    public double PositiveShare { get; init; } = 0.25;

    /// <summary>Where the loss of boxes goes over to the absolute difference; 0, the default, is that everywhere.</summary>
    public double BoxBeta { get; init; }

    /// <summary>Scores of detections are above this.</summary>
    public double ScoreThreshold { get; init; } = 0.05;

    /// <summary>Largest IoU of two detections of a class.</summary>
    public double OverlapThreshold { get; init; } = 0.5;

    /// <summary>Most detections of a picture.</summary>
    public int MostDetections { get; init; } = 100;
}
