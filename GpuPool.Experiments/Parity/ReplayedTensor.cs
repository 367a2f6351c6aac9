namespace GpuPool.Experiments.Parity;

/// <summary>One tensor of a replay beside the recorded one, in PyTorch's layout.</summary>
/// <param name="Name">Its name in the file, for the loss of a step with the step's number.</param>
/// <param name="Actual">Our values.</param>
/// <param name="Expected">The recorded values.</param>
/// <param name="Tolerance">Largest error.</param>
/// <param name="Vanishing">Recorded values of a smaller norm than this are zero but for rounding; then <paramref name="Scale"/> divides.</param>
/// <param name="Scale">Norm of what vanishing values are rounded from.</param>
internal sealed record ReplayedTensor(string Name, double[] Actual, double[] Expected, double Tolerance, double Vanishing = 0, double Scale = 0)
{
    /// <summary>How values are compared.</summary>
    public ErrorMeasure Measure { get; init; }

    /// <summary>The error in this measure; infinite if something is not a number, but where both are single values that are none.</summary>
    public double Error => ErrorOf(Actual, Expected);

    /// <summary>Whether the error is within the tolerance. One without a number never is, though replays that all give NaN make the tolerance infinite too.</summary>
    public bool Passed => double.IsFinite(Error) && Error <= Tolerance;

    /// <summary>How far another replay of the same file came out, in the measure of <see cref="Error"/>.</summary>
    public double DistanceTo(ReplayedTensor other) => ErrorOf(other.Actual, Actual);

    /// <summary>The tensor with the largest error relative to its tolerance.</summary>
    public static ReplayedTensor Worst(IEnumerable<ReplayedTensor> tensors) =>
        tensors.MaxBy(tensor => double.IsFinite(tensor.Error) ? tensor.Error / tensor.Tolerance : double.PositiveInfinity)!;

    /// <summary>Values that must be the same: indices, labels, what was chosen.</summary>
    public static ReplayedTensor Exact(string name, IEnumerable<int> actual, IEnumerable<long> expected) =>
        new(name, [.. actual.Select(value => (double)value)], [.. expected.Select(value => (double)value)], 0) { Measure = ErrorMeasure.Absolute };

    /// <summary>Numbers, of which each may be off by as much relative to its size, or in all below 1.</summary>
    public static ReplayedTensor Numbers(string name, IEnumerable<double> actual, IEnumerable<double> expected, double tolerance) =>
        new(name, [.. actual], [.. expected], tolerance) { Measure = ErrorMeasure.Elements };

    /// <summary>Root of the sum of squares.</summary>
    public static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    private double ErrorOf(double[] actual, double[] expected)
    {
        if (actual.Length != expected.Length)
            return double.PositiveInfinity;
        if (Measure != ErrorMeasure.Norm)
            return actual.Zip(expected, ElementError).DefaultIfEmpty().Max();
        double difference = Norm(actual.Zip(expected, (left, right) => left - right)), norm = Norm(Expected);
        double error = difference == 0 ? 0 : difference / (norm <= Vanishing ? Scale : norm);
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }

    private double ElementError(double actual, double expected)
    {
        if (actual.Equals(expected))
            return 0;
        double error = Math.Abs(actual - expected) / (Measure == ErrorMeasure.Absolute ? 1 : Math.Max(1, Math.Abs(expected)));
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }
}
