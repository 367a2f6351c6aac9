using System.Globalization;
using GpuPool.Experiments.Metrics;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Whether the paper's order of methods holds, for one network and stride of the first stage: raw differences at a reduced scale say little, orders
/// more. The properties are the columns.
/// </summary>
internal sealed record RankingRow
{
    // Two methods are in order or not: that is no ranking.
    private const int FewestMethods = 3;

    public required string Table { get; init; }
    public required string Network { get; init; }
    public required int S1 { get; init; }

    /// <summary>Methods with a value of the paper and one of ours, best first in the paper.</summary>
    public required string PaperOrder { get; init; }

    /// <summary>The same, best first by our mean of best accuracies.</summary>
    public required string OurOrder { get; init; }
    public required int Seeds { get; init; }

    /// <summary>Kendall's tau-b between the paper's accuracies and ours, mean over the seeds.</summary>
    public required double Tau { get; init; }

    /// <summary>Smallest and largest over the seeds.</summary>
    public required double TauLowest { get; init; }
    public required double TauHighest { get; init; }

    /// <summary>The rankings that a table's finished cells allow.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="cells">Cells with the best accuracies of their seeds, of the same number for all.</param>
    public static IReadOnlyList<RankingRow> Of(string table, IEnumerable<(TableCell Cell, double[] Accuracies)> cells) =>
    [
        .. from entry in cells
           where entry.Cell.Paper is not null
           group entry by (entry.Cell.Network, entry.Cell.FirstStride) into place
           where place.Count() >= FewestMethods
           select Of(table, place.Key.Network, place.Key.FirstStride, [.. place]),
    ];

    private static RankingRow Of(string table, string network, int firstStride, (TableCell Cell, double[] Accuracies)[] methods)
    {
        double[] paper = [.. methods.Select(method => method.Cell.Paper!.Value)];
        int seeds = methods.Min(method => method.Accuracies.Length);
        double[] taus = [.. Enumerable.Range(0, seeds).Select(seed => KendallTau.Of(paper, [.. methods.Select(method => method.Accuracies[seed])]))];
        return new RankingRow
        {
            Table = table,
            Network = network,
            S1 = firstStride,
            PaperOrder = Order(methods, method => method.Cell.Paper!.Value),
            OurOrder = Order(methods, method => method.Accuracies.Average()),
            Seeds = seeds,
            Tau = Math.Round(taus.Average(), 3),
            TauLowest = Math.Round(taus.Min(), 3),
            TauHighest = Math.Round(taus.Max(), 3),
        };
    }

    private static string Order(IEnumerable<(TableCell Cell, double[] Accuracies)> methods, Func<(TableCell Cell, double[] Accuracies), double> value) =>
        string.Join(" > ", methods.OrderByDescending(value).Select(method => string.Create(CultureInfo.InvariantCulture, $"{method.Cell.Method} {value(method):F4}")));
}
