using GpuPool.Experiments.Metrics;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Whether one method beats another: the differences of their best test accuracies, paired by seed, for one network and stride of the first stage. Runs of one seed
/// see the same pictures in the same order. The properties are the columns.
/// </summary>
internal sealed record DifferenceRow
{
    private const double Confidence = 0.95;

    public required string Table { get; init; }
    public required string Network { get; init; }
    public required int S1 { get; init; }
    public required string First { get; init; }
    public required string Second { get; init; }
    public required int Seeds { get; init; }

    /// <summary>Mean over the seeds of the first's accuracy less the second's.</summary>
    public required double Difference { get; init; }

    /// <summary>Standard deviation over the seeds.</summary>
    public required double Deviation { get; init; }

    /// <summary>Bounds of the 95 % confidence interval of the mean by Student's t.</summary>
    public required double Lower { get; init; }
    public required double Upper { get; init; }

    /// <summary>Probability of a mean at least as far from 0 if there were no difference, by the paired t-test of two sides; empty where all pairs differ alike.</summary>
    public required double? P { get; init; }

    /// <summary>All pairs of a network's methods at one stride, in the order of the table; none with fewer than two seeds.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="cells">Cells with the best accuracies of their seeds, the same seeds in the same order for all.</param>
    public static IReadOnlyList<DifferenceRow> Of(string table, IEnumerable<(TableCell Cell, double[] Accuracies)> cells) =>
    [
        .. from entry in cells
           where entry.Accuracies.Length > 1
           group entry by (entry.Cell.Network, entry.Cell.FirstStride) into place
           let methods = place.ToArray()
           from first in methods.Index()
           from second in methods[(first.Index + 1)..]
           select Of(table, first.Item, second),
    ];

    private static DifferenceRow Of(string table, (TableCell Cell, double[] Accuracies) first, (TableCell Cell, double[] Accuracies) second)
    {
        double[] differences = [.. first.Accuracies.Zip(second.Accuracies, (one, other) => one - other)];
        int seeds = differences.Length;
        double mean = differences.Average(), deviation = Math.Sqrt(differences.Sum(difference => Math.Pow(difference - mean, 2)) / (seeds - 1));
        double error = deviation / Math.Sqrt(seeds), reach = StudentT.Bound(Confidence, seeds - 1) * error;
        return new DifferenceRow
        {
            Table = table,
            Network = first.Cell.Network,
            S1 = first.Cell.FirstStride,
            First = Name(first.Cell),
            Second = Name(second.Cell),
            Seeds = seeds,
            Difference = Math.Round(mean, 4),
            Deviation = Math.Round(deviation, 4),
            Lower = Math.Round(mean - reach, 4),
            Upper = Math.Round(mean + reach, 4),
            P = error > 0 ? Math.Round(1 - StudentT.Within(mean / error, seeds - 1), 4) : null,
        };
    }

    private static string Name(TableCell cell) => cell.NamesPlacement && cell.Placement.Length > 0 ? $"{cell.Method} {cell.Placement}" : cell.Method;
}
