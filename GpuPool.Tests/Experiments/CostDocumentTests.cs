using System.Globalization;
using System.Runtime.CompilerServices;
using GpuPool.Experiments.Tables;
using GpuPool.Kernels;
using GpuPool.Models.Costs;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Experiments;

/// <summary>The numbers in <c>docs/cost.md</c> are those that the program counts.</summary>
public sealed class CostDocumentTests
{
    private static readonly int[] Patches = [1, 2, 4, 8];

    private static readonly string[] Document =
        File.ReadAllLines(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "docs", "cost.md"));

    [Test]
    public void The_cost_of_self_attention_relative_to_LIP_is_the_derived_formula([Values(1, 2, 4, 8)] int patch, [Values(1, 0.25)] double ratio)
    {
        const int side = 64, channels = 24;
        double fraction = (double)side * side / (Math.Pow(patch, 4) * channels);
        double expected = 2 * ratio + 4 * ratio * ratio / (patch * patch) + 2 * ratio * fraction;
        Assert.That(Relative(patch, ratio, part => true), Is.EqualTo(expected).Within(1e-12 * expected));
    }

    [Test]
    public void The_comparison_with_LIP_is_shown() => Shows(Patches.Select(patch => Line(
        $"{patch}", Number(3.0 / (patch * patch)), Number(Relative(patch, 1, part => part != CostPart.Attention)), Number(Relative(patch, 1, part => true)),
        Number(Relative(patch, 0.25, part => part != CostPart.Attention)), Number(Relative(patch, 0.25, part => true)))));

    [Test]
    public void Table_6_is_shown() => Shows(new Table6().Count().GroupBy(row => (row.Network, row.Method)).Select(group =>
    {
        Table6Row Row(int size, string placement) => group.Single(row => row.ImageSize == size && (row.Placement == placement || row.Placement.Length == 0));
        Table6Row[] rows = [Row(224, "outer"), Row(224, "inner"), Row(128, "outer"), Row(128, "inner")];
        return Line(
            [group.Key.Network, group.Key.Method, Million(rows[0].PaperMultiplyAdds), .. rows.Select(row =>
                Million(row.MultiplyAdds - row.Attention) + (row.Attention == 0 ? "" : $" + {Million(row.Attention)}"))]);
    }));

    [Test]
    public void The_table_of_memory_is_shown() => Shows(new MemoryTable().Count().Select(row => Line(
        row.Method, string.Create(CultureInfo.InvariantCulture, $"{row.Width}"), $"{row.S1}", $"{row.ConvolutionBytes:N0}", $"{row.LayerPeakBytes:N0}", $"{row.PeakBytes:N0}",
        Number(row.ConvolutionFactor), Number(row.LayerPeakFactor), Number(row.PeakFactor), row.PaperFactor is { } claim ? $"{claim}" : "")));

    [Test]
    public void Lines_of_output_in_the_page_are_what_the_commands_print()
    {
        foreach (string command in Document.Where(line => line.StartsWith("$ gpupool ", StringComparison.Ordinal)))
        {
            string[] shown = [.. Document.SkipWhile(line => line != command).Skip(1).TakeWhile(line => line != "```" && !line.StartsWith('$'))];
            string output = CommandLine.Run(command["$ gpupool ".Length..].Split(' ')).Output;
            Assert.That(shown, Is.Not.Empty);
            foreach (string line in shown)
                Assert.That(output.Split('\n'), Does.Contain(line), command);
        }
    }

    // Multiply-adds of a self-attentive pool relative to a LIP pool, on a map of 64 x 64 x 24.
    private static double Relative(int patch, double ratio, Func<CostPart, bool> counts)
    {
        var map = new Shape(1, 64, 64, 24);
        Cost attentive = Cost.Of(SelfAttentiveLogit.Pool(map.Channels, new Window(2, 2), new SelfAttentiveOptions(patch, ratio)), map);
        Cost lip = Cost.Of(new WeightedPool(new LipLogit(map.Channels), new Window(2, 2)), map);
        return (double)Enum.GetValues<CostPart>().Where(counts).Sum(attentive.MultiplyAddsOf) / lip.MultiplyAdds;
    }

    private static void Shows(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            TestContext.Out.WriteLine(line);
            Assert.That(Document, Does.Contain(line));
        }
    }

    private static string Line(params string[] cells) => $"| {string.Join(" | ", cells)} |";

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Million(long value) => (value / 1e6).ToString("N1", CultureInfo.InvariantCulture);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
