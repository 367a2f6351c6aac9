using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Metrics;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Tasks;

/// <summary>What a detector found in pictures, beside what they show.</summary>
/// <param name="classes">Number of classes.</param>
internal sealed class FoundObjects(int classes)
{
    /// <summary>Name of the score: the mean over classes and over the thresholds of overlap from 0.5 to 0.95.</summary>
    public const string MeanAveragePrecision = "map";

    private readonly List<GroundTruthBox> _objects = [];
    private readonly List<DetectionBox> _found = [];

    /// <summary>Pictures so far.</summary>
    public int Pictures { get; private set; }

    /// <summary>Adds a picture.</summary>
    public void Add(AnnotatedPicture picture, IReadOnlyList<DetectedBox> boxes)
    {
        int image = Pictures++;
        _objects.AddRange(picture.Objects.Select(item => new GroundTruthBox(
            image, item.Label, new Rectangle(item.Bounds.X, item.Bounds.Y, item.Bounds.Width, item.Bounds.Height), item.Area, Kind(item))));
        _found.AddRange(boxes.Select(found => new DetectionBox(
            image, found.Label, new Rectangle(found.Box.X1, found.Box.Y1, (double)found.Box.X2 - found.Box.X1, (double)found.Box.Y2 - found.Box.Y1), found.Score)));
    }

    /// <summary>The six precisions of the paper's table: the mean of thresholds, at 0.5, at 0.75, and that of large, medium and small objects; NaN where there are none.</summary>
    public Measures Precision()
    {
        var evaluation = CocoEvaluation.Of(Pictures, classes, _objects, _found);
        double At(double threshold) => evaluation.AveragePrecision(threshold: CocoEvaluation.Index(threshold));
        return new Measures(
            new(MeanAveragePrecision, evaluation.AveragePrecision()), new("map_50", At(0.5)), new("map_75", At(0.75)),
            new("map_large", evaluation.AveragePrecision(AreaRange.Large)), new("map_medium", evaluation.AveragePrecision(AreaRange.Medium)),
            new("map_small", evaluation.AveragePrecision(AreaRange.Small)));
    }

    private static GroundTruthKind Kind(AnnotatedObject item) =>
        item.IsCrowd ? GroundTruthKind.Crowd : item.IsDifficult ? GroundTruthKind.Difficult : GroundTruthKind.Object;
}
