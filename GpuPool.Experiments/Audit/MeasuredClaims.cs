using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;

namespace GpuPool.Experiments.Audit;

/// <summary>Claims on accuracies: what the paper's tables print, beside what the runs in a folder of results showed.</summary>
/// <param name="results">The folder.</param>
internal sealed class MeasuredClaims(string results)
{
    private const string Ours = "self-attentive";

    // What the paper says of its three seeds, in points.
    private const double Spread = 0.1;

    private static readonly int[] FirstStrides = [1, 2, 4];

    private static readonly string[] Networks = ["MobileNetV2", "MobileNetV2-0.35x", "ResNet18"], Others = ["strided", "lip", "gaussian", "rnnpool"];

    private static readonly string[] Ablations = ["without bn1", "without bn2", "without exp", "without pe", "without sigmoid"];

    /// <summary>The claims.</summary>
    public IEnumerable<Claim> All() => [.. FirstStrides.Select(Gain), .. Ranked(), Deviations(), .. Order()];

    private Claim Gain(int firstStride)
    {
        double printed = Networks.Average(network => PrintedGain(network, firstStride));
        TableRow[] rows = [.. Read<TableRow>("table2-quick").Where(row => row.S1 == firstStride && row.BestAccuracy is not null)];
        string[] gains =
        [
            .. from network in rows.GroupBy(row => row.Network)
               let ours = network.FirstOrDefault(row => row.Method == Ours)
               let others = network.Where(row => Others.Contains(row.Method)).ToArray()
               where ours is not null && others.Length > 0
               select Text($"{100 * (ours.BestAccuracy!.Value - others.Max(row => row.BestAccuracy!.Value)):+0.00;−0.00} for {network.Key} at the reduced scale of table2-quick"),
        ];
        return new(
            Text($"Table 2, s1 = {firstStride}: points above the best other method, mean of three networks"), Text($"{printed:+0.00;−0.00}"),
            gains.Length > 0 ? string.Join("; ", gains) : "no run", Verdict.NotTestedHere, "reproduce table2 --preset quick");
    }

    // Trained long enough, with several seeds: the sign of a difference can be tested, though not the paper's number.
    private IEnumerable<Claim> Ranked()
    {
        IReadOnlyList<DifferenceRow> differences = Read<DifferenceRow>("ranking-quick-differences");
        IReadOnlyList<TableRow> runs = Read<TableRow>("ranking-quick");
        foreach ((string other, int firstStride) in from firstStride in FirstStrides[..2] from other in Others select (other, firstStride))
        {
            DifferenceRow? row = differences.FirstOrDefault(row => row.S1 == firstStride && (row.First, row.Second) is var pair && (pair == (Ours, other) || pair == (other, Ours)));
            // To be better than a method that did not learn decides nothing: all its seeds end in one constant answer.
            double? constant = runs.FirstOrDefault(run => run.S1 == firstStride && run.Method == other && run.LastAccuracyDeviation == 0)?.LastAccuracy;
            (double mean, double lower, double upper) = row is null ? default : row.First == Ours ? (row.Difference, row.Lower, row.Upper) : (-row.Difference, -row.Upper, -row.Lower);
            yield return new(
                Text($"MobileNetV2-0.35x, s1 = {firstStride}: more accurate than {other}, at one placement"),
                Text($"{Printed("table2", "MobileNetV2-0.35x", Ours, firstStride) - Printed("table2", "MobileNetV2-0.35x", other, firstStride):+0.00;−0.00} points"),
                row is null ? "no run" : Text($"{100 * mean:+0.00;−0.00} points, 95 % interval {100 * lower:+0.00;−0.00} to {100 * upper:+0.00;−0.00}, {row.Seeds} seeds{(constant is null ? "" : Text($"; {other} did not learn: all its seeds end at {constant:F2}"))}"),
                row is null || constant is not null || lower <= 0 && upper >= 0 ? Verdict.NotTestedHere : lower > 0 ? Verdict.Holds : Verdict.DoesNotHold, "reproduce ranking --preset quick --seeds 0,1,2");
        }
    }

    private Claim Deviations()
    {
        double[] deviations = [.. new[] { "table2-quick", "ranking-quick" }.SelectMany(Read<TableRow>).Select(row => 100 * row.BestAccuracyDeviation).OfType<double>().Order()];
        return new(
            "Accuracies of three seeds vary little", Text($"below {Spread} %"),
            deviations.Length == 0 ? "no run of several seeds"
                : Text($"{deviations.Length} cells of several seeds at reduced scale: standard deviations of {deviations[0]:F2} to {deviations[^1]:F2} points, median {deviations[deviations.Length / 2]:F2}"),
            Verdict.NotTestedHere, "reproduce table2 --preset quick --seeds 0,1,2");
    }

    private IEnumerable<Claim> Order()
    {
        ILookup<(string, int), TableRow> runs = Read<TableRow>("table7-quick").Where(row => row is { Network: "ResNet18", Placement: "outer", BestAccuracy: not null }).ToLookup(row => (row.Method, row.S1));
        foreach (int firstStride in FirstStrides[..2])
        {
            double Loss(string method) => Printed("table7", "ResNet18", $"{Ours} outer", firstStride) - Printed("table7", "ResNet18", $"{method} outer", firstStride);
            string[] order = [.. Ablations.OrderByDescending(Loss)];
            double?[] ours = [.. order.Select(method => runs[(Ours, firstStride)].FirstOrDefault()?.BestAccuracy - runs[(method, firstStride)].FirstOrDefault()?.BestAccuracy)];
            yield return new(
                Text($"Table 7, ResNet18, s1 = {firstStride}: every part helps, in this order of what its loss costs"),
                string.Join(", ", order.Select(method => Text($"{method} {Loss(method):F2}"))),
                ours.All(loss => loss is not null) ? string.Join(", ", order.Zip(ours, (method, loss) => Text($"{method} {100 * loss:F2}"))) : "no run",
                Verdict.NotTestedHere, "reproduce table7 --preset paper --data DIR");
        }
    }

    private static double PrintedGain(string network, int firstStride) =>
        Printed("table2", network, Ours, firstStride) - Others.Max(other => Printed("table2", network, other, firstStride));

    private static double Printed(string table, string network, string method, int firstStride) =>
        (double)PaperValues.Of(table, $"{network}/{method}")[Array.IndexOf(FirstStrides, firstStride)];

    private IReadOnlyList<T> Read<T>(string name) where T : class => CsvFile.Read<T>(Path.Combine(results, $"{name}.csv"));

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
