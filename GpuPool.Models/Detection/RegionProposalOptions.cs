using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>How regions are proposed; the defaults are those of the released configuration.</summary>
public sealed record RegionProposalOptions
{
    /// <summary>Side of the square whose area anchors have, in strides.</summary>
    public double Side { get; init; } = 8;

    /// <summary>Ratios of height to width of the anchors of a cell.</summary>
    public IReadOnlyList<double> Ratios { get; init; } = [0.5, 1, 2];

    /// <summary>What is predicted of a box beside its anchor.</summary>
    public DeltaCoder Coder { get; init; } = new(CentreDeviation: 1, SizeDeviation: 1);

    /// <summary>Which anchors show an object.</summary>
    public OverlapMatching Matching { get; init; } = new(0.7, 0.3, LowQualityMatches.AllBest, Least: 0.3);

    /// <summary>Anchors of a picture that are trained.</summary>
    public int Samples { get; init; } = 256;

    /// <summary>Largest share of them that shows an object.</summary>
    public double PositiveShare { get; init; } = 0.5;

    /// <summary>Where the loss of boxes goes over to the absolute difference; 0, the default, is that everywhere.</summary>
    public double BoxBeta { get; init; }

    /// <summary>Sides of a picture are padded to multiples of this; anchors of cells beyond, where a batch is padded further, take no part.</summary>
    public int Padding { get; init; } = 32;

    /// <summary>Anchors of the highest scores of each level that become boxes, in training.</summary>
    public int TrainingCandidatesPerLevel { get; init; } = 2000;

    /// <summary>Anchors of the highest scores of each level that become boxes, when objects are detected.</summary>
    public int CandidatesPerLevel { get; init; } = 1000;

    /// <summary>Largest IoU of two proposals of a level.</summary>
    public double OverlapThreshold { get; init; } = 0.7;

    /// <summary>Most proposals of a picture.</summary>
    public int MostProposals { get; init; } = 1000;

    /// <summary>The anchors of levels of these strides.</summary>
    public IReadOnlyList<AnchorLevel> Levels(IEnumerable<int> strides) => [.. strides.Select(stride => AnchorLevel.Region(stride, stride * Side, Ratios))];
}
