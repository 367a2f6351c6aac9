using System.Globalization;
using CsvHelper;
using GpuPool.Experiments.Tables;

namespace GpuPool.Tests.Experiments;

/// <summary>The paper's numbers in our tables beside a copy of its tables.</summary>
public sealed class PaperValuesTests
{
    private const int PaperCells = 54 + 18 + 20 + 22;

    private static readonly Dictionary<string, string> Methods = new()
    {
        ["Strided Conv."] = "strided",
        ["LIP"] = "lip",
        ["GaussianPool"] = "gaussian",
        ["RNNPool"] = "rnnpool",
        ["Ours"] = "self-attentive",
        ["Ours+CP"] = "self-attentive, pruned",
        ["w/o(bn1)"] = "without bn1",
        ["w/o(bn2)"] = "without bn2",
        ["w/o(exp)"] = "without exp",
        ["w/o(pe)"] = "without pe",
        ["w/o(sigmoid)"] = "without sigmoid",
        ["SelfAttn"] = "attention",
    };

    private static readonly string[] DetectionMetrics = ["mAP@0.5", "mAP@0.75", "mAP@[0.5,0.95]", "mAP@large", "mAP@medium", "mAP@small"];

    [Test]
    public void Every_published_number_stands_in_its_place_to_the_digit()
    {
        IReadOnlyList<Table6Row> counted = new Table6().Count();
        int accuracies = 0, rows = 0;
        using CsvReader csv = CsvReader.FromFile(Shared.Require("paper-values.csv"));
        foreach (CsvRow row in csv)
        {
            string table = row.GetString(0), network = row.GetString(2), method = Methods[row.GetString(3)], column = row.GetString(4);
            decimal value = decimal.Parse(row.GetString(6), CultureInfo.InvariantCulture);
            string place = $"{table} {network} {row.GetString(3)} {column}";
            rows++;
            if (table == "table4")
                Assert.That(Precision($"{network}/{method}/s1=1")[Array.IndexOf(DetectionMetrics, column)].Paper, Is.EqualTo((double)(value / 100)), place);
            else if (table == "table6")
                Assert.That(
                    counted.Where(count => count.Network == network && count.Method.Split(',')[0] == method).Select(count => count.PaperMultiplyAdds),
                    Is.Not.Empty.And.All.EqualTo(1_000_000_000 * value), place);
            else
            {
                string[] words = network.Split(' ');
                string name = words.Length == 1 ? $"{network}/{method}/{column}" : $"{words[0]}/{method} {words[1].TrimStart('(').ToLowerInvariant()}/{column}";
                Assert.That(TableCatalogue.Of(table).Tables.Single().Cells.Single(cell => cell.Name == name).Paper, Is.EqualTo((double)(value / 100)), place);
                accuracies++;
            }
        }
        Assert.That(accuracies, Is.EqualTo(PaperCells));
        Assert.That(rows, Is.EqualTo(PaperCells + 72 + 12));
    }

    [Test]
    public void What_the_paper_has_not_is_ours()
    {
        // The ranking shows values of Table 2 once more.
        Assert.That(TableCatalogue.Tables.Where(table => table is not Ranking).SelectMany(table => table.Cells).Count(cell => cell.Paper is not null), Is.EqualTo(PaperCells + 12));
        Assert.That(new Table5().Cells.Where(cell => cell.FirstStride == 4).Select(cell => cell.Paper), Is.All.Null);
        Assert.That(new Table2().Cells.Where(cell => cell.Method == "max").Select(cell => cell.Paper), Is.All.Null);
    }

    private static IReadOnlyList<(string Name, double? Ours, double? Paper)> Precision(string cell)
    {
        var table = new Table4();
        return PrecisionRow.Empty(table, table.Cells.Single(known => known.Name == cell), TablePreset.Smoke).Columns;
    }
}
