namespace GpuPool.Models.Detection;

/// <summary>Which anchors an object takes that overlaps none of them enough.</summary>
public enum LowQualityMatches
{
    /// <summary>None (R-CNN).</summary>
    None,

    /// <summary>The one that it overlaps most; of several the first (SSD).</summary>
    Best,

    /// <summary>All that it overlaps as much as the one that it overlaps most (region proposals).</summary>
    AllBest,

    /// <summary>Anchors that some object overlaps most take the object that they overlap most, which may be another (torchvision's region proposals).</summary>
    OwnBest,
}
