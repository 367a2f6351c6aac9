using System.Text.Json;
using GpuPool.Experiments.Data.Coco;
using GpuPool.Experiments.Metrics;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>What pycocotools measured of detections.</summary>
internal static class EvaluationReplay
{
    private const double Tolerance = 1e-9;

    // mmdetection measures the mean at the first limit and the rest at the last.
    private static readonly int[] MmdetectionLimits = [100, 300, 1000];

    /// <summary>The twelve numbers, the precision of each class, and what mmdetection asks for.</summary>
    public static JsonReplayKind Kind => new("mmdet_maxdets_100_300_1000", Replay);

    private static IEnumerable<ReplayedTensor> Replay(string path, JsonElement root)
    {
        CocoTruth truth = CocoReader.ReadTruth(JsonReplayKind.Beside(path, root.GetProperty("annotations").GetString()!), asPycocotools: false);
        DetectionBox[] found = [.. root.GetProperty("detections").EnumerateArray().Select(item => Detection(truth, item))];
        CocoEvaluation usual = Evaluate(CocoEvaluation.DefaultLimits);
        yield return Same("default", usual.Summary().Select(number => number.Value), root.GetProperty("default").EnumerateArray());
        yield return Same(
            "per_class_AP", truth.Categories.Select((_, category) => usual.AveragePrecision(category: category)),
            truth.Categories.Select(category => root.GetProperty("per_class_AP").GetProperty($"{category.Id}")));
        JsonElement mmdetection = root.GetProperty(Kind.Property);
        CocoEvaluation whole = Evaluate(MmdetectionLimits);
        yield return Same(
            Kind.Property,
            [Evaluate(MmdetectionLimits[..1]).AveragePrecision(), .. whole.Summary().Skip(1).Select(number => number.Value)],
            mmdetection.EnumerateObject().Select(number => number.Value));

        CocoEvaluation Evaluate(IReadOnlyList<int> limits) => CocoEvaluation.Of(truth.Images, truth.Categories.Count, truth.Boxes(), found, limits);
    }

    private static DetectionBox Detection(CocoTruth truth, JsonElement item)
    {
        double[] box = [.. item.GetProperty("bbox").EnumerateArray().Select(side => side.GetDouble())];
        return new DetectionBox(
            truth.Image(item.GetProperty("image_id").GetInt64()) ?? throw new FormatException("a detection is of an image that the annotations do not have"),
            truth.Category(item.GetProperty("category_id").GetInt64()) ?? throw new FormatException("a detection is of a category that the annotations do not have"),
            new Rectangle(box[0], box[1], box[2], box[3]), item.GetProperty("score").GetDouble());
    }

    private static ReplayedTensor Same(string name, IEnumerable<double> ours, IEnumerable<JsonElement> recorded) =>
        new(name, [.. ours.Select(value => double.IsNaN(value) ? -1 : value)], [.. recorded.Select(value => value.GetDouble())], Tolerance) { Measure = ErrorMeasure.Absolute };
}
