namespace GpuPool.Experiments.Metrics;

/// <summary>
/// Average precision of Pascal VOC. The surest detections come first; each asks for the object of its picture and category that it overlaps most, and is right if it is the
/// first to do so with at least the threshold. Unlike COCO's, a detection whose object is taken does not look for another.
/// </summary>
/// <remarks>Source: Everingham et al. 2010, and the development kit. Its boxes are of inclusive pixels: one from 3 to 5 is 3 wide.</remarks>
public sealed class VocEvaluation
{
    private const int RecallCount = 11;

    // In the last bit as in published numbers: a recall of 0.6 does not reach the seventh, 0.6000000000000001.
    private static readonly double[] Recalls = [.. Enumerable.Range(0, RecallCount).Select(i => i * (1.0 / (RecallCount - 1)))];

    private readonly PrecisionRecallCurve[] _categories;

    private VocEvaluation(PrecisionRecallCurve[] categories) => _categories = categories;

    /// <summary>Evaluates detections.</summary>
    /// <param name="images">Number of pictures.</param>
    /// <param name="categories">Number of categories.</param>
    /// <param name="objects">What is there; no crowds.</param>
    /// <param name="detections">What is said to be there.</param>
    /// <param name="threshold">Least intersection over union with an object that is found.</param>
    public static VocEvaluation Of(
        int images, int categories, IEnumerable<GroundTruthBox> objects, IEnumerable<DetectionBox> detections, double threshold = 0.5)
    {
        ILookup<int, GroundTruthBox> objectsOf = objects.ToLookup(item => item.Category);
        ILookup<int, DetectionBox> detectionsOf = detections.ToLookup(item => item.Category);
        return new VocEvaluation(
            [.. Enumerable.Range(0, categories).Select(category => Curve(new ObjectsByImage(images, objectsOf[category]), detectionsOf[category], threshold))]);
    }

    /// <summary>Mean of the highest precision at each of the recalls 0, 0.1, ..., 1 (VOC 2007): over one category, or over those that have objects.</summary>
    public double ElevenPoint(int? category = null) => Mean(category, curve => curve.MeanPrecision(Recalls));

    /// <summary>Area under the highest precision at a recall or a higher one (VOC 2010 and later): over one category, or over those that have objects.</summary>
    public double EveryPoint(int? category = null) => Mean(category, curve => curve.Area());

    private static PrecisionRecallCurve Curve(ObjectsByImage objects, IEnumerable<DetectionBox> detections, double threshold)
    {
        var curve = new PrecisionRecallCurve(objects.All.Count(item => item.Kind == GroundTruthKind.Object));
        bool[] isTaken = new bool[objects.All.Count];
        foreach (DetectionBox detection in DetectionBox.ByScore(detections))
        {
            (int found, double overlap) = Nearest(objects, detection);
            if (found < 0 || overlap < threshold)
                curve.Add(isRight: false);
            else if (objects.All[found].Kind == GroundTruthKind.Object)
            {
                curve.Add(!isTaken[found]);
                isTaken[found] = true;
            }
        }
        return curve;
    }

    private static (int Found, double Overlap) Nearest(ObjectsByImage objects, DetectionBox detection)
    {
        (int first, int end) = objects.In(detection.Image);
        (int found, double most) = (-1, 0);
        for (int i = first; i < end; i++)
        {
            double overlap = detection.Box.IntersectionOverUnion(objects.All[i].Box);
            if (overlap > most)
                (found, most) = (i, overlap);
        }
        return (found, most);
    }

    private double Mean(int? category, Func<PrecisionRecallCurve, double> value) =>
        (category is { } only ? [_categories[only]] : _categories).Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
