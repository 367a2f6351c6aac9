using GpuPool.Models.Backbones;

namespace GpuPool.Models.Detection;

/// <summary>How a YOLOv3 is built, trained and read; the defaults are those of the released configuration for MobileNetV2.</summary>
public sealed record YoloOptions
{
    /// <summary>Number of classes.</summary>
    public int Classes { get; init; } = 8;

    /// <summary>Channels of each level of the neck, the coarsest first.</summary>
    public IReadOnlyList<int> NeckChannels { get; init; } = [96, 96, 96];

    /// <summary>Channels of each level of the head before its last convolution, the coarsest first.</summary>
    public IReadOnlyList<int> HeadChannels { get; init; } = [96, 96, 96];

    /// <summary>Anchors of each level, the coarsest first.</summary>
    public IReadOnlyList<AnchorLevel> Anchors { get; init; } = YoloAnchors.All;

    /// <summary>Anchors that are less sure to show an object give no detections.</summary>
    public double ConfidenceThreshold { get; init; } = 0.005;

    /// <summary>Detections have a higher probability of their class, before the confidence comes in.</summary>
    public double ScoreThreshold { get; init; } = 0.05;

    /// <summary>Largest IoU of two detections of a class.</summary>
    public double OverlapThreshold { get; init; } = 0.45;

    /// <summary>Detections of a picture at most.</summary>
    public int MostDetections { get; init; } = 100;

    /// <summary>Values of an anchor: x, y, width, height, confidence, classes.</summary>
    public int Columns => 5 + Classes;

    /// <summary>As released for a backbone: 96 channels on MobileNetV2, and 256, 128, 64 with twice as many in the head on ResNet18, which others take as well.</summary>
    public static YoloOptions For(BackboneFamily family) =>
        family == MobileNetV2.Family ? new YoloOptions() : new YoloOptions { NeckChannels = [256, 128, 64], HeadChannels = [512, 256, 128] };
}
