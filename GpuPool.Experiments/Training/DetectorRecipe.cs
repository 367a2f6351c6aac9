using GpuPool.Autograd;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Training;

/// <summary>The released recipes of the paper's detectors, each by the first word of their labels; the label itself is left open.</summary>
/// <remarks>
/// Source: the configurations of the released code for mmdetection 2.25. Two things are ours: the number of GPUs is not published, so rates are those of one; and Faster R-CNN's
/// 0.02, which mmdetection means for 16 pictures, is 0.00125 for each of the 2 here. SSD had 120 epochs until 2022-07-14 and has 20 since; which made the paper's table is unknown.
/// </remarks>
internal static class DetectorRecipe
{
    /// <summary>Share of the schedule's rate that the warm-up of SSD and Faster R-CNN starts from.</summary>
    public const double WarmUpStart = 0.001;

    private static readonly TrainingConfig Ssd = new()
    {
        Architecture = "",
        Size = 320,
        Epochs = 20,
        Batch = 16,
        LearningRate = 0.015,
        Schedule = Schedule.Cosine,
        WeightDecay = 4e-5,
        WarmUp = new WarmUp(500, WarmUpStart),
    };

    private static readonly TrainingConfig FasterRcnn = new()
    {
        Architecture = "",
        Size = 1333,
        ShortSide = 800,
        Epochs = 12,
        Batch = 2,
        LearningRate = 0.0025,
        Schedule = Schedule.Detectron,
        WeightDecay = 1e-4,
        Clip = 20,
        WarmUp = new WarmUp(500, WarmUpStart),
    };

    private static readonly TrainingConfig Yolo = new()
    {
        Architecture = "",
        Size = 608,
        ShortSide = 320,
        Epochs = 10,
        Batch = 8,
        LearningRate = 0.001,
        Schedule = Schedule.Constant,
        WeightDecay = 5e-4,
        Clip = 35,
        WarmUp = new WarmUp(2000, 0.1),
    };

    /// <summary>How the pictures of a detector become its inputs in training.</summary>
    public static DetectionTransform Transform(TrainingConfig config)
    {
        string kind = DetectorArchitecture.Parse(config.Architecture).Family.Word;
        int shortSide = config.ShortSide ?? config.Size;
        DetectionTransform transform = kind switch
        {
            "faster_rcnn" => DetectionTransform.FasterRcnn(config.Size, shortSide),
            "yolov3" => DetectionTransform.YoloV3(shortSide, config.Size),
            _ => DetectionTransform.Ssd(config.Size),
        };
        return config.WithoutAugmentation ? transform.Evaluation : transform;
    }

    /// <summary>The recipe of a kind of detector: <c>ssd</c>, <c>ssd300</c>, <c>faster_rcnn</c> or <c>yolov3</c>.</summary>
    public static TrainingConfig Of(string kind) => kind switch
    {
        "ssd" => Ssd,
        "ssd300" => Ssd with { Size = 300 },
        "faster_rcnn" => FasterRcnn,
        "yolov3" => Yolo,
        _ => throw new NotSupportedException($"DetectorRecipe: no recipe of {kind}."),
    };
}
