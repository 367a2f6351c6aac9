namespace GpuPool.Experiments.Metrics;

/// <summary>
/// Precision over recall as detections are taken in, the surest first. Precision falls with each wrong detection, so its highest value for a recall is at a right one,
/// and only these are kept.
/// </summary>
/// <param name="objects">How many objects there are to find.</param>
internal sealed class PrecisionRecallCurve(int objects)
{
    // As pycocotools has it: a first detection that is right has a precision of 1 - 2.2e-16.
    private const double Spacing = 2.220446049250313e-16;

    private readonly List<double> _precisions = [];
    private int _wrong;

    /// <summary>Takes in one detection.</summary>
    public void Add(bool isRight)
    {
        if (!isRight)
            _wrong++;
        else
            _precisions.Add((_precisions.Count + 1) / (_precisions.Count + 1 + _wrong + Spacing));
    }

    /// <summary>Mean over <paramref name="recalls"/>, which ascend, of the highest precision at that recall or a higher one: 0 where it is never reached, NaN without objects.</summary>
    public double MeanPrecision(IReadOnlyList<double> recalls)
    {
        if (objects == 0)
            return double.NaN;
        double[] highest = Highest();
        double sum = 0;
        int right = 0;
        foreach (double recall in recalls)
        {
            while (right < highest.Length && Recall(right + 1) < recall)
                right++;
            if (right == highest.Length)
                break;
            sum += highest[right];
        }
        return sum / recalls.Count;
    }

    /// <summary>Area under the highest precision at a recall or a higher one; NaN without objects.</summary>
    public double Area() => objects == 0 ? double.NaN : Highest().Sum() / objects;

    // So many objects, over all, in the arithmetic of pycocotools: recall thresholds such as 0.35 are met or missed by the last bit.
    private double Recall(int found) => found / (double)objects;

    private double[] Highest()
    {
        double[] highest = [.. _precisions];
        for (int i = highest.Length - 2; i >= 0; i--)
            highest[i] = Math.Max(highest[i], highest[i + 1]);
        return highest;
    }
}
