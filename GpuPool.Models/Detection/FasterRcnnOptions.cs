namespace GpuPool.Models.Detection;

/// <summary>How a Faster R-CNN is built and trained; the defaults are those of the released configuration.</summary>
public sealed record FasterRcnnOptions
{
    /// <summary>Number of classes without the background.</summary>
    public int Classes { get; init; } = 8;

    /// <summary>Channels of each level of the pyramid.</summary>
    public int Channels { get; init; } = 256;

    /// <summary>How regions are proposed.</summary>
    public RegionProposalOptions Proposals { get; init; } = new();

    /// <summary>How regions are classified.</summary>
    public RoiHeadOptions Head { get; init; } = new();
}
