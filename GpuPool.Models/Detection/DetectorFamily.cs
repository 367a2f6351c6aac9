namespace GpuPool.Models.Detection;

/// <summary>A kind of detector as data: its word in labels, and how it is made.</summary>
/// <param name="Word">Its word, for example <c>ssd</c>.</param>
/// <param name="Create">Makes it without memory: backbone, number of classes, width of the backbone.</param>
public sealed record DetectorFamily(string Word, Func<Architecture, int, double, Detector> Create)
{
    /// <summary>The known ones, in the order in which messages list their words.</summary>
    public static IReadOnlyList<DetectorFamily> All { get; } =
    [
        new("ssd", (architecture, classes, width) => new Ssd(architecture, new SsdOptions { Classes = classes }, width)),
        new("ssd300", (architecture, classes, width) => new Ssd(architecture, SsdOptions.Classic300 with { Classes = classes }, width)),
        new("faster_rcnn", (architecture, classes, width) => new FasterRcnn(architecture, new FasterRcnnOptions { Classes = classes }, width)),
        new("yolov3", (architecture, classes, width) => new Yolo(architecture, YoloOptions.For(architecture.Family) with { Classes = classes }, width)),
    ];

    /// <summary>Says that a word is none of theirs.</summary>
    internal static ArchitectureException Unknown(string word) => new($"unknown detector '{word}'; known are {string.Join(", ", All.Select(known => known.Word))}");
}
