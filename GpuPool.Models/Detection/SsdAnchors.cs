namespace GpuPool.Models.Detection;

/// <summary>Anchors of SSD for inputs of different sides, the map of the smallest stride first.</summary>
public static class SsdAnchors
{
    /// <summary>For 320 pixels, as mmdetection has them for MobileNetV2: six for each cell of maps of 20, 10, 5, 3, 2 and 1 cells along a side, 3,234 in all.</summary>
    public static IReadOnlyList<AnchorLevel> Mobile320 { get; } = Levels([16, 32, 64, 107, 160, 320], [48, 100, 150, 202, 253, 304, 320], [[2, 3], [2, 3], [2, 3], [2, 3], [2, 3], [2, 3]]);

    /// <summary>For 300 pixels and COCO: four or six for each cell of maps of 38, 19, 10, 5, 3 and 1 cells along a side, 8,732 in all.</summary>
    public static IReadOnlyList<AnchorLevel> Coco300 { get; } = Classic300([21, 45, 99, 153, 207, 261, 315]);

    /// <summary>For 300 pixels and Pascal VOC, of the same maps as <see cref="Coco300"/>.</summary>
    public static IReadOnlyList<AnchorLevel> Voc300 { get; } = Classic300([30, 60, 111, 162, 213, 264, 315]);

    private static AnchorLevel[] Classic300(int[] sides) => Levels([8, 16, 32, 64, 100, 300], sides, [[2], [2, 3], [2, 3], [2, 3], [2], [2]]);

    private static AnchorLevel[] Levels(int[] strides, int[] sides, int[][] ratios) =>
        [.. strides.Select((stride, level) => AnchorLevel.Ssd(stride, sides[level], sides[level + 1], ratios[level]))];
}
