using System.Globalization;

namespace GpuPool.Experiments.Metrics;

/// <summary>
/// How well detections agree with what is there, as COCO measures it for boxes: to the last tie what pycocotools computes, where NaN stands for its -1, of a mean of nothing.
/// </summary>
/// <remarks>
/// Source: <c>cocoeval.py</c> and <c>maskApi.c</c> of github.com/cocodataset/cocoapi. Categories are evaluated side by side, each by one thread in a fixed order, so the
/// result does not depend on the number of threads.
/// </remarks>
public sealed class CocoEvaluation
{
    private const int ThresholdCount = 10, RecallCount = 101;

    private const double LeastThreshold = 0.5, MostThreshold = 0.95;

    private readonly CategoryEvaluation[] _categories;

    private CocoEvaluation(CategoryEvaluation[] categories, IReadOnlyList<int> limits) => (_categories, Limits) = (categories, limits);

    /// <summary>Overlaps from which on a detection can find an object: 0.5 to 0.95 in steps of 0.05, in the last bit as pycocotools has them (0.9 is 0.8999999999999999).</summary>
    public static IReadOnlyList<double> Thresholds { get; } =
    [
        .. Enumerable.Range(0, ThresholdCount - 1).Select(i => LeastThreshold + i * ((MostThreshold - LeastThreshold) / (ThresholdCount - 1))), MostThreshold,
    ];

    /// <summary>Recalls over which precision is averaged: 0 to 1 in steps of 0.01, in the last bit as pycocotools has them.</summary>
    public static IReadOnlyList<double> Recalls { get; } = [.. Enumerable.Range(0, RecallCount).Select(i => i * (1.0 / (RecallCount - 1)))];

    /// <summary>So many of a picture's detections of a category count by default.</summary>
    public static IReadOnlyList<int> DefaultLimits { get; } = [1, 10, 100];

    /// <summary>So many of a picture's detections of a category count; precisions are those of the last.</summary>
    public IReadOnlyList<int> Limits { get; }

    /// <summary>Evaluates detections.</summary>
    /// <param name="images">Number of pictures. Of detections with equal scores, that of the lower picture comes first; pycocotools has pictures in the order of their numbers.</param>
    /// <param name="categories">Number of categories.</param>
    /// <param name="objects">What is there, in the order in which objects of a picture are tried.</param>
    /// <param name="detections">What is said to be there; of a picture's detections with equal scores the first comes first.</param>
    /// <param name="limits">See <see cref="Limits"/>; ascending, by default <see cref="DefaultLimits"/>.</param>
    public static CocoEvaluation Of(
        int images, int categories, IEnumerable<GroundTruthBox> objects, IEnumerable<DetectionBox> detections, IReadOnlyList<int>? limits = null)
    {
        ILookup<int, GroundTruthBox> objectsOf = objects.ToLookup(item => item.Category);
        ILookup<int, DetectionBox> detectionsOf = detections.ToLookup(item => item.Category);
        var evaluations = new CategoryEvaluation[categories];
        Parallel.For(0, categories, category =>
            evaluations[category] = new CategoryEvaluation(images, objectsOf[category], detectionsOf[category], limits ?? DefaultLimits));
        return new CocoEvaluation(evaluations, limits ?? DefaultLimits);
    }

    /// <summary>Average precision in [0, 1]: the mean over thresholds and over the categories that have objects; NaN where none has.</summary>
    /// <param name="area">Objects of these sizes; by default all.</param>
    /// <param name="threshold">Index of the only threshold; by default the mean of all.</param>
    /// <param name="category">The only category; by default the mean of all.</param>
    public double AveragePrecision(AreaRange? area = null, int? threshold = null, int? category = null) =>
        Mean(threshold, category, (evaluation, index) => evaluation.Precision(IndexOf(area), index));

    /// <summary>Average recall in [0, 1]: the mean share of objects found, over thresholds and over the categories that have objects; NaN where none has.</summary>
    /// <param name="area">Objects of these sizes; by default all.</param>
    /// <param name="threshold">Index of the only threshold; by default the mean of all.</param>
    /// <param name="category">The only category; by default the mean of all.</param>
    /// <param name="limit">Index of the limit of detections; by default the last.</param>
    public double AverageRecall(AreaRange? area = null, int? threshold = null, int? category = null, int? limit = null) =>
        Mean(threshold, category, (evaluation, index) => evaluation.Recall(IndexOf(area), index, limit ?? Limits.Count - 1));

    /// <summary>The twelve numbers of COCO for limits of 1, 10 and 100, in its order: AP, at 0.5, at 0.75, by size; average recall by limit and by size.</summary>
    /// <param name="category">The only category; by default the mean of all.</param>
    public IReadOnlyList<(string Name, double Value)> Summary(int? category = null) =>
    [
        ("AP", AveragePrecision(category: category)),
        ("AP50", AveragePrecision(threshold: Index(0.5), category: category)),
        ("AP75", AveragePrecision(threshold: Index(0.75), category: category)),
        .. AreaRange.Every.Skip(1).Select(area => ($"AP_{area.Name}", AveragePrecision(area, category: category))),
        .. Limits.Select((limit, index) => (string.Create(CultureInfo.InvariantCulture, $"AR_{limit}"), AverageRecall(category: category, limit: index))),
        .. AreaRange.Every.Skip(1).Select(area => ($"AR_{area.Name}", AverageRecall(area, category: category))),
    ];

    /// <summary>Index of the threshold that is nearest to a number.</summary>
    public static int Index(double threshold) => Enumerable.Range(0, ThresholdCount).MinBy(i => Math.Abs(Thresholds[i] - threshold));

    private static int IndexOf(AreaRange? area) =>
        Enumerable.Range(0, AreaRange.Every.Count).First(i => AreaRange.Every[i] == (area ?? AreaRange.All));

    private double Mean(int? threshold, int? category, Func<CategoryEvaluation, int, double> value)
    {
        IEnumerable<int> thresholds = threshold is { } only ? [only] : Enumerable.Range(0, ThresholdCount);
        IEnumerable<CategoryEvaluation> categories = category is { } single ? [_categories[single]] : _categories;
        return categories.SelectMany(evaluation => thresholds.Select(index => value(evaluation, index))).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
    }
}
