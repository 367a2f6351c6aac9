namespace GpuPool.Models.Detection;

/// <summary>Anchors of YOLOv3, for inputs of 608 pixels and less; its maps go from the largest stride to the smallest.</summary>
public static class YoloAnchors
{
    /// <summary>Three for each cell of three maps.</summary>
    public static IReadOnlyList<AnchorLevel> All { get; } =
    [
        AnchorLevel.Yolo(32, (116, 90), (156, 198), (373, 326)),
        AnchorLevel.Yolo(16, (30, 61), (62, 45), (59, 119)),
        AnchorLevel.Yolo(8, (10, 13), (16, 30), (33, 23)),
    ];
}
