using GpuPool.Autograd;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>How the presets shrink the released recipes of detectors, see <see cref="DetectorRecipe"/>.</summary>
/// <remarks>
/// <c>smoke</c> shows that a loss falls within some steps on one batch of small pictures, always the same. <c>quick</c> is a reduced experiment: 200 pictures, smaller ones for
/// Faster R-CNN and YOLOv3, fewer steps at a rate for smaller batches, and a test after several passes.
/// </remarks>
internal static class DetectionPreset
{
    private const int SmokeSide = 96, SmokePictures = 4, QuickPictures = 200, QuickBatch = 8;

    /// <summary>What is trained.</summary>
    /// <param name="preset">How much of it.</param>
    /// <param name="word">The kind of detector, <c>ssd</c>, <c>faster_rcnn</c> or <c>yolov3</c>.</param>
    /// <param name="paper">Its recipe with label, data and seed.</param>
    public static TrainingConfig Configure(TablePreset preset, string word, TrainingConfig paper) => preset switch
    {
        TablePreset.Smoke => Smoke(paper, isTwoStage: word == "faster_rcnn"),
        TablePreset.Quick => Quick(paper, word) with { TrainLimit = QuickPictures, TestLimit = QuickPictures },
        _ => paper,
    };

    // A step of Faster R-CNN is dear however small its pictures are, as it looks at 512 boxes in each. Two are as few as batch norm can take where a pool looks at whole maps.
    private static TrainingConfig Smoke(TrainingConfig paper, bool isTwoStage) => paper with
    {
        Size = SmokeSide,
        ShortSide = paper.ShortSide is null ? null : SmokeSide,
        TrainLimit = isTwoStage ? 2 : SmokePictures,
        TestLimit = isTwoStage ? 2 : SmokePictures,
        Batch = isTwoStage ? 2 : SmokePictures,
        WithoutAugmentation = true,
        Epochs = 2,
        Passes = isTwoStage ? 1 : 6,
        Schedule = Schedule.Constant,
        WarmUp = null,
    };

    private static TrainingConfig Quick(TrainingConfig paper, string word) => word switch
    {
        "faster_rcnn" => paper with { Size = 512, ShortSide = 320, Epochs = 6, Passes = 2, WarmUp = ShortWarmUp(paper) },
        "yolov3" => paper with { Size = 320, ShortSide = 224, Batch = QuickBatch, Epochs = 12, Passes = 10, WarmUp = ShortWarmUp(paper) },
        _ => paper with { Batch = QuickBatch, LearningRate = 0.01, Epochs = 12, Passes = 10, WarmUp = ShortWarmUp(paper) },
    };

    private static WarmUp? ShortWarmUp(TrainingConfig paper) => paper.WarmUp is { } warmUp ? warmUp with { Steps = 100 } : null;
}
