namespace GpuPool.Experiments.Metrics;

/// <summary>Student's t distribution for whole degrees of freedom. Source: Abramowitz and Stegun, 26.7.3 and 26.7.4.</summary>
internal static class StudentT
{
    /// <summary>The probability that |T| is less than |t|: of both sides together.</summary>
    /// <param name="t">A value of the statistic, infinite as well.</param>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    public static double Within(double t, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        double angle = Math.Atan(Math.Abs(t) / Math.Sqrt(degrees)), sine = Math.Sin(angle), cosine = Math.Cos(angle);
        bool odd = degrees % 2 == 1;
        // Of the series each term is the one before it times cos^2 (k - 1) / k.
        double term = odd ? cosine : 1, sum = odd && degrees == 1 ? 0 : term;
        for (int k = odd ? 3 : 2; k <= degrees - 2; k += 2)
        {
            term *= cosine * cosine * (k - 1) / k;
            sum += term;
        }
        return odd ? 2 / Math.PI * (angle + sine * sum) : sine * sum;
    }

    /// <summary>The t within which a share of the distribution lies, on both sides of zero together.</summary>
    /// <param name="share">In [0, 1).</param>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    public static double Bound(double share, int degrees)
    {
        double low = 0, high = 1;
        while (Within(high, degrees) < share)
            high *= 2;
        // As many halvings as a double has digits, and those of the doublings.
        for (int step = 0; step < 128; step++)
        {
            double middle = (low + high) / 2;
            (low, high) = Within(middle, degrees) < share ? (middle, high) : (low, middle);
        }
        return high;
    }
}
