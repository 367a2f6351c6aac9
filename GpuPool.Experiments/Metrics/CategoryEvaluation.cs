namespace GpuPool.Experiments.Metrics;

/// <summary>What of one category is found, and how precisely: for each range of areas, threshold of overlap, and limit of detections.</summary>
internal sealed class CategoryEvaluation
{
    private readonly double[,] _precision;
    private readonly double[,,] _recall;

    /// <summary>Evaluates the detections of a category.</summary>
    /// <param name="images">Number of pictures.</param>
    /// <param name="objects">Objects of the category.</param>
    /// <param name="detections">Detections of the category.</param>
    /// <param name="limits">So many detections of a picture count, ascending; precisions are those of the last.</param>
    public CategoryEvaluation(int images, IEnumerable<GroundTruthBox> objects, IEnumerable<DetectionBox> detections, IReadOnlyList<int> limits)
    {
        IReadOnlyList<AreaRange> areas = AreaRange.Every;
        IReadOnlyList<double> thresholds = CocoEvaluation.Thresholds;
        var matching = new CocoMatching(new ObjectsByImage(images, objects), areas, thresholds);
        var curves = new PrecisionRecallCurve[areas.Count, thresholds.Count];
        int[,,] found = new int[areas.Count, thresholds.Count, limits.Count];
        Each((area, threshold) => curves[area, threshold] = new PrecisionRecallCurve(matching.Count(area)));
        int[] ranks = new int[images];
        foreach (DetectionBox detection in DetectionBox.ByScore(detections))
        {
            int rank = ranks[detection.Image]++;
            if (rank >= limits[^1])
                continue;
            bool mayFind = matching.Meet(detection);
            for (int area = 0; area < areas.Count; area++)
            {
                bool isOutside = !areas[area].Contains(detection.Box.Area);
                if (isOutside && !mayFind)
                    continue;
                for (int threshold = 0; threshold < thresholds.Count; threshold++)
                {
                    Verdict verdict = mayFind ? matching.Judge(area, threshold, isOutside) : Verdict.Wrong;
                    if (verdict == Verdict.Ignored)
                        continue;
                    curves[area, threshold].Add(verdict == Verdict.Right);
                    for (int limit = limits.Count - 1; verdict == Verdict.Right && limit >= 0 && rank < limits[limit]; limit--)
                        found[area, threshold, limit]++;
                }
            }
        }
        _precision = new double[areas.Count, thresholds.Count];
        _recall = new double[areas.Count, thresholds.Count, limits.Count];
        Each((area, threshold) =>
        {
            _precision[area, threshold] = curves[area, threshold].MeanPrecision(CocoEvaluation.Recalls);
            for (int limit = 0; limit < limits.Count; limit++)
                _recall[area, threshold, limit] = found[area, threshold, limit] / (double)matching.Count(area);
        });

        void Each(Action<int, int> action)
        {
            for (int area = 0; area < areas.Count; area++)
            {
                for (int threshold = 0; threshold < thresholds.Count; threshold++)
                    action(area, threshold);
            }
        }
    }

    /// <summary>Mean precision over the recalls; NaN without objects.</summary>
    public double Precision(int area, int threshold) => _precision[area, threshold];

    /// <summary>Share of the objects that is found; NaN without objects.</summary>
    public double Recall(int area, int threshold, int limit) => _recall[area, threshold, limit];
}
