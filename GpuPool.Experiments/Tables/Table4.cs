using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Table 4: average precision on COCO of detectors, by pooling method. The labels are those of the released configurations, which have the pools of SSD side by side at one
/// placement, and the Gaussian pools of Faster R-CNN at another one than the rest. For its own method the released configuration is <c>nlp_reduced</c> where the pool would
/// not fit otherwise; it restores the attention by the nearest token, the paper by bilinear up-sampling, which has rows of its own. YOLOv3 is released, and not printed.
/// </summary>
/// <remarks>What is learnt are eight classes of street scenes. <c>docs/detection.md</c> says what of the recipes was read and what was recalled.</remarks>
internal sealed class Table4 : ITable
{
    private const string Name = "table4";

    private const string Ours = "nlp_headfix2_nowin_reduced";

    /// <summary>The methods that the paper compares.</summary>
    public static readonly IReadOnlyList<string> PaperMethods = ["strided", "lip", "gaussian", "self-attentive"];

    private static readonly TableLine[] Lines =
    [
        new("SSD MobileNetV2", 1, "strided", "", ["ssd-mobilenet-skip-S222121"]),
        new("SSD MobileNetV2", 1, "lip", "inner", ["ssd-mobilenet_v2-lip-S222121"]),
        new("SSD MobileNetV2", 1, "gaussian", "inner", ["ssd-mobilenet_v2-gaussian_pool-S222121"]),
        .. Further("SSD MobileNetV2", "inner", "ssd-mobilenet_v2-POOL-S222121"),
        new("SSD MobileNetV2", 1, "self-attentive", "inner", [$"ssd-mobilenet_v2-{Ours}-S222121"]),
        new("SSD ResNet18", 1, "strided", "", ["ssd-resnet18-skip-S222"]),
        new("SSD ResNet18", 1, "lip", "outer", ["ssd-resnet18-lip-S222"]),
        new("SSD ResNet18", 1, "gaussian", "outer", ["ssd-resnet18-gaussian_pool-S222"]),
        .. Further("SSD ResNet18", "outer", "ssd-resnet18-POOL-S222"),
        new("SSD ResNet18", 1, "self-attentive", "outer", [$"ssd-resnet18-{Ours}-S222"]),
        new("Faster R-CNN ResNet18", 1, "strided", "", ["faster_rcnn-resnet18-skip-S222"]),
        new("Faster R-CNN ResNet18", 1, "lip", "outer", ["faster_rcnn-resnet18-lip-S222"]),
        new("Faster R-CNN ResNet18", 1, "gaussian", "inner", ["faster_rcnn-resnet18_v2-gaussian_pool-S222"]),
        .. Further("Faster R-CNN ResNet18", "outer", "faster_rcnn-resnet18-POOL-S222"),
        new("Faster R-CNN ResNet18", 1, "self-attentive", "outer", ["faster_rcnn-resnet18-nlp_reduced-S222"]),
        new("YOLOv3 MobileNetV2", 1, "strided", "", ["yolov3-mobilenet-skip-S222121"]),
        new("YOLOv3 MobileNetV2", 1, "lip", "outer", ["yolov3-mobilenet-lip-S222121"]),
        new("YOLOv3 MobileNetV2", 1, "gaussian", "inner", ["yolov3-mobilenet_v2-gaussian_pool-S222121"]),
        new("YOLOv3 MobileNetV2", 1, "self-attentive", "inner", [$"yolov3-mobilenet_v2-{Ours}-S222121"]),
        new("YOLOv3 ResNet18", 1, "strided", "", ["yolov3-resnet18-skip-S222"]),
        new("YOLOv3 ResNet18", 1, "lip", "outer", ["yolov3-resnet18-lip-S222"]),
        new("YOLOv3 ResNet18", 1, "gaussian", "outer", ["yolov3-resnet18-gaussian_pool-S222"]),
        new("YOLOv3 ResNet18", 1, "self-attentive", "outer", ["yolov3-resnet18-nlp_headfix2_nowin_reduced0211-S222"]),
    ];

    /// <inheritdoc/>
    public string Id => Name;

    /// <inheritdoc/>
    public string Title => "Table 4: average precision of detectors on COCO by pooling method";

    /// <inheritdoc/>
    public string DatasetKind => "coco";

    /// <inheritdoc/>
    public TableColumns Columns => TableColumns.Precision;

    /// <inheritdoc/>
    public IReadOnlyList<TableCell> Cells => field ??= [.. Lines.SelectMany(line => line.Cells(Name, [1])).Select(cell => cell with { Paper = PrecisionRow.PaperMean(Name, cell) })];

    /// <inheritdoc/>
    public TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed)
    {
        string word = cell.Architecture.Split('-')[0];
        return DetectionPreset.Configure(preset, word, DetectorRecipe.Of(word) with { Architecture = cell.Architecture, Width = cell.Width, Data = data, Seed = seed });
    }

    // Context-aware pooling stands before a classifier, which a detector has not, and attention to pixels has no positions for maps as wide as those of Faster R-CNN.
    private static IEnumerable<TableLine> Further(string network, string placement, string label) => Table2.FurtherMethods
        .Where(further => further.Word != "cap" && !(further.Word == "attnpool" && network.StartsWith("Faster", StringComparison.Ordinal))).Append(("self-attentive, bilinear", $"{Ours}_bilinear"))
            .Select(further => new TableLine(network, 1, further.Item1, placement, [label.Replace("POOL", further.Item2, StringComparison.Ordinal)]));
}
