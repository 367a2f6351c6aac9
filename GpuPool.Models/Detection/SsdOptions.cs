using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>How an SSD is built, trained and read; the defaults are those of the released configuration for 320 pixels.</summary>
public sealed record SsdOptions
{
    /// <summary>Number of classes without the background.</summary>
    public int Classes { get; init; } = 8;

    /// <summary>Strides of the backbone's maps; of several stages with a stride the last is taken.</summary>
    public IReadOnlyList<int> Strides { get; init; } = [16, 32];

    /// <summary>Channels of each level behind them, and the window of the convolution that makes it of the one before.</summary>
    public IReadOnlyList<(int Channels, Window Window)> Extra { get; init; } = [(512, Halving), (256, Halving), (256, Halving), (128, Halving)];

    /// <summary>Anchors of each level.</summary>
    public IReadOnlyList<AnchorLevel> Anchors { get; init; } = SsdAnchors.Mobile320;

    /// <summary>Which anchors show which object.</summary>
    public OverlapMatching Matching { get; init; } = new(0.5, 0.5, LowQualityMatches.Best);

    /// <summary>Boxes beside their anchors.</summary>
    public DeltaCoder Coder { get; init; } = new(0.1, 0.2);

    /// <summary>Background anchors in the loss for each that shows an object: those of the largest losses of a picture.</summary>
    public int NegativesPerPositive { get; init; } = 3;

    /// <summary>Detections have a higher score.</summary>
    public double ScoreThreshold { get; init; } = 0.02;

    /// <summary>Pairs of anchor and class of each level that may become detections: those of the highest scores.</summary>
    public int CandidatesPerLevel { get; init; } = 1000;

    /// <summary>Largest IoU of two detections of a class.</summary>
    public double OverlapThreshold { get; init; } = 0.45;

    /// <summary>Detections of a picture at most.</summary>
    public int MostDetections { get; init; } = 200;

    private static Window Halving => new(3, 2, 1);

    /// <summary>For 300 pixels, with the maps and anchors of the original: the backbone's maps of strides 8, 16 and 32, and levels of 5, 3 and 1 cells along a side behind them.</summary>
    public static SsdOptions Classic300 { get; } = new()
    {
        Strides = [8, 16, 32],
        Extra = [(512, Halving), (256, Halving), (128, new Window(3))],
        Anchors = SsdAnchors.Coco300,
    };
}
