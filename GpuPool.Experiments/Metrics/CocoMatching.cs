namespace GpuPool.Experiments.Metrics;

/// <summary>What becomes of a detection.</summary>
internal enum Verdict
{
    /// <summary>It found an object.</summary>
    Right,

    /// <summary>It found nothing.</summary>
    Wrong,

    /// <summary>It found what nobody has to find, or nothing and has a size that is not asked for.</summary>
    Ignored,
}

/// <summary>
/// Gives the detections of one category their objects as COCO does, the surest first: each takes the object that it overlaps most of those that are left, an object that counts
/// before one that does not, of equal overlaps the later. Which are left is known for each range of areas and each threshold of overlap.
/// </summary>
internal sealed class CocoMatching
{
    // A perfect overlap must pass a threshold of 1, however it is rounded.
    private const double MostThreshold = 1 - 1e-10;

    private readonly ObjectsByImage _objects;
    private readonly double[] _thresholds;
    private readonly bool[][] _isIgnored;
    private readonly bool[,][] _isTaken;
    private readonly List<(int Object, double Overlap)> _candidates = [];
    private readonly double _leastThreshold;

    public CocoMatching(ObjectsByImage objects, IReadOnlyList<AreaRange> areas, IReadOnlyList<double> thresholds)
    {
        _objects = objects;
        _thresholds = [.. thresholds.Select(threshold => Math.Min(threshold, MostThreshold))];
        _leastThreshold = _thresholds.Min();
        _isIgnored = [.. areas.Select(area => objects.All.Select(item => Ignores(item, area)).ToArray())];
        _isTaken = new bool[areas.Count, thresholds.Count][];
        for (int area = 0; area < areas.Count; area++)
        {
            for (int threshold = 0; threshold < thresholds.Count; threshold++)
                _isTaken[area, threshold] = new bool[objects.All.Count];
        }
    }

    /// <summary>How many objects of a range of areas are to be found.</summary>
    public int Count(int area) => _isIgnored[area].Count(isIgnored => !isIgnored);

    /// <summary>Goes on to a detection.</summary>
    /// <returns>Whether it may find anything at all.</returns>
    public bool Meet(in DetectionBox detection)
    {
        _candidates.Clear();
        (int first, int end) = _objects.In(detection.Image);
        for (int i = first; i < end; i++)
        {
            GroundTruthBox item = _objects.All[i];
            double overlap = item.Kind == GroundTruthKind.Crowd ? detection.Box.IntersectionOverArea(item.Box) : detection.Box.IntersectionOverUnion(item.Box);
            if (overlap >= _leastThreshold)
                _candidates.Add((i, overlap));
        }
        return _candidates.Count > 0;
    }

    /// <summary>Gives the detection met last its object.</summary>
    /// <param name="area">Index of the range of areas.</param>
    /// <param name="threshold">Index of the threshold of overlap.</param>
    /// <param name="isOutside">Whether the area of the detection itself is outside of the range.</param>
    public Verdict Judge(int area, int threshold, bool isOutside)
    {
        int found = Best(area, threshold, ignored: false);
        if (found < 0)
            found = Best(area, threshold, ignored: true);
        if (found >= 0)
            _isTaken[area, threshold][found] = true;
        if (found >= 0 && _isIgnored[area][found])
            return Verdict.Ignored;
        if (found >= 0 && _objects.All[found].Kind != GroundTruthKind.NeverFound)
            return Verdict.Right;
        return isOutside ? Verdict.Ignored : Verdict.Wrong;
    }

    private static bool Ignores(GroundTruthBox item, AreaRange area) => item.Kind is GroundTruthKind.Crowd or GroundTruthKind.Difficult || !area.Contains(item.Area);

    private int Best(int area, int threshold, bool ignored)
    {
        int best = -1;
        double most = _thresholds[threshold];
        foreach ((int item, double overlap) in _candidates)
        {
            bool isLeft = !_isTaken[area, threshold][item] || _objects.All[item].Kind == GroundTruthKind.Crowd;
            if (overlap >= most && isLeft && _isIgnored[area][item] == ignored)
                (best, most) = (item, overlap);
        }
        return best;
    }
}
