using System.Globalization;
using System.Xml.Linq;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;
using SkiaSharp;
using Pictures = GpuPool.Tests.Experiments.Data.Pictures;

namespace GpuPool.Tests.Experiments;

/// <summary>The command <c>report</c>.</summary>
public sealed class ReportPageTests
{
    private const string Curves = "table2-smoke-curves.csv", Overview = "plots/table2-smoke-overview-ResNet18", LossCurves = "plots/table2-smoke-curves-ResNet18-loss";

    private static readonly TableRow[] Rows =
    [
        Cell("ResNet18", "strided", 1) with
        {
            BestAccuracy = 0.75, BestAccuracyDeviation = 0.0125, LastAccuracy = 0.7, PaperAccuracy = 0.798, Dataset = "synthetic", TrainImages = 16, TestImages = 16,
            ImageSize = 32, Epochs = 20, Seeds = "0 1", Device = "CPU, 2 threads", Revision = "0.1.0+abc",
        },
        Cell("ResNet18", "strided", 2) with { PaperAccuracy = 0.7605 },
        Cell("ResNet18", "max", 1),
    ];

    [Test]
    public void The_page_shows_ours_the_papers_value_the_difference_and_the_scale()
    {
        using var folder = new TemporaryFolder();
        XElement page = Report(folder, Rows);
        string[] cells = [.. page.Descendants("td").Where(cell => cell.Attribute("class")?.Value == "number").Take(8).Select(cell => cell.Value)];
        Assert.That(cells, Is.EqualTo(new[] { "75.00 ± 1.25", "70.00", "79.80", "−4.80", "", "", "76.05", "" }));
        Assert.That(page.Value, Does.Contain("1 of 3 cells were run.").And.Contain("Not run: ResNet18/strided/s1=2, ResNet18/max/s1=1."));
        Assert.That(page.Value, Does.Contain("the paper's recipe has 300 epochs at 128 pixels").And.Contain("one image is 6.25 points"));
        Assert.That(Banner(page), Is.EqualTo(
            "not comparable with the paper's numbers: preset smoke, data set synthetic in place of stl10, 16 training images of 32 pixels, 20 epochs."));
    }

    [Test]
    public void A_cell_that_the_paper_has_not_is_marked_as_ours_and_an_old_file_gets_the_papers_values()
    {
        using var folder = new TemporaryFolder();
        XElement page = Report(folder, [Rows[0] with { PaperAccuracy = null }, Cell("ResNet18", "max", 1) with { BestAccuracy = 0.5 }]);
        string[] cells = [.. page.Descendants("td").Where(cell => cell.Attribute("class")?.Value == "number").Take(8).Select(cell => cell.Value)];
        Assert.That(cells, Is.EqualTo(new[] { "75.00 ± 1.25", "70.00", "79.80", "−4.80", "50.00", "", "only ours", "" }));
    }

    [Test]
    public void A_table_of_which_the_paper_has_nothing_has_no_columns_for_it()
    {
        using var folder = new TemporaryFolder();
        TableRow row = Cell("MobileNetV2-0.35x, d = 4", "lip", 1) with { Table = "distance", Preset = "quick", BestAccuracy = 0.75, LastAccuracy = 0.5 };
        CsvFile.Write(folder["distance-quick.csv"], [row, row with { S1 = 2, BestAccuracy = null, LastAccuracy = null }]);
        XElement section = Report(folder, Rows, tables: 2).Descendants("section").First();
        Assert.That(section.Descendants("table").First().Descendants("tr").ElementAt(1).Elements().Select(heading => heading.Value), Is.EqualTo(new[] { "best", "last", "best", "last" }));
        Assert.That(section.Descendants("td").Where(cell => cell.Attribute("class")?.Value == "number").Take(4).Select(cell => cell.Value), Is.EqualTo(new[] { "75.00", "50.00", "", "" }));
        Assert.That(section.Value, Does.Contain("an experiment that the paper does not have: preset quick").And.Not.Contain("in place of").And.Not.Contain("only ours").And.Not.Contain("in points"));
    }

    [Test]
    public void Experiments_stand_first_and_smoke_tables_are_folded_away()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder["table7-quick.csv"], [.. Rows.Select(row => row with { Table = "table7", Preset = "quick" })]);
        XElement[] sections = [.. Report(folder, Rows, tables: 2).Descendants("section")];
        Assert.That(sections[0].Element("h2")!.Value, Does.Contain("table7-quick"));
        Assert.That(sections[^1].Element("h2")!.Value, Does.Contain("table2-smoke"));
        Assert.That(sections[0].Elements("details").Count(details => details.Element("summary")!.Value.Contains("proves", StringComparison.Ordinal)), Is.Zero);
        XElement folded = sections[^1].Elements().Last();
        Assert.That((folded.Name.LocalName, folded.Element("summary")!.Value), Is.EqualTo(("details",
            "A smoke run proves that every cell trains, and that its loss falls, on a batch of generated pictures. Its accuracies mean nothing; open it to see them.")));
        XElement audit = sections.Single(section => section.Element("h2")!.Value == "Audit of the paper's claims");
        Assert.That(audit.Descendants("th").Take(2).Select(heading => heading.Value), Is.EqualTo(new[] { "the paper claims", "verdict" }), "side by side on a phone");
        Assert.That(audit.Value, Does.Not.Contain("`"));
        Assert.That(audit.Descendants("td").Descendants("code").Select(code => code.Value), Does.Contain("reduced"));
    }

    [TestCase("quick", false)]
    [TestCase("smoke", true)]
    public void A_figure_of_smoke_runs_is_folded_away_as_their_tables_are(string preset, bool isFolded)
    {
        using var folder = new TemporaryFolder();
        using RgbImage picture = Pictures.Noise(20, 10, seed: 1);
        File.WriteAllBytes(folder[$"figure4-{preset}.png"], ImageEncoder.Png(picture));
        CsvFile.Write(folder[$"figure4-{preset}.csv"], [.. Rows.Select(row => row with { Table = "figure4", Preset = preset })]);
        XElement section = Report(folder, Rows, tables: 2).Descendants("section").Single(part => part.Element("h2")!.Value == $"Figure 4: where networks look (figure4-{preset})");
        Assert.That(section.Elements("details").Any(details => details.Element("summary")!.Value.Contains("proves", StringComparison.Ordinal)), Is.EqualTo(isFolded));
    }

    [Test]
    public void A_figure_of_given_runs_is_shown_without_a_table_of_its_own()
    {
        using var folder = new TemporaryFolder();
        using RgbImage picture = Pictures.Noise(20, 10, seed: 1);
        File.WriteAllBytes(folder["figure4-quick.png"], ImageEncoder.Png(picture));
        Assert.That(Report(folder, Rows).Descendants("h2").Select(title => title.Value), Does.Contain("Figure 4: where networks look (figure4-quick)"));
    }

    [Test]
    public void Only_the_papers_preset_on_the_papers_data_has_no_banner()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Banner(Report(folder, [Rows[0] with { Preset = "paper" }])), Does.Contain("data set synthetic in place of stl10"));
        Assert.That(Banner(Report(folder, [Rows[0] with { Preset = "paper", Dataset = "stl10" }])), Is.Null);
    }

    [Test]
    public void The_page_needs_no_script_and_no_other_file()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder[Curves], Epochs("strided", [2, 1]));
        XElement page = Report(folder, Rows);
        Assert.That(page.Descendants().Select(element => element.Name.LocalName), Has.None.AnyOf("script", "link", "img", "iframe"));
        IEnumerable<string> targets = page.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "href" or "src").Select(target => target.Value);
        Assert.That(targets, Is.Not.Empty.And.All.StartsWith("#"));
        string[] names = [.. page.Descendants().Attributes("id").Select(name => name.Value)];
        Assert.That(names, Is.Unique);
        Assert.That(targets.Select(target => target[1..]), Is.SubsetOf(names));
    }

    [Test]
    public void The_same_results_give_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder[Curves], Epochs("strided", [2, 1]));
        Report(folder, Rows);
        Dictionary<string, byte[]> first = Files();
        Report(folder, Rows);
        Assert.That(Files(), Is.EqualTo(first));
        Assert.That(first, Has.Count.EqualTo(3 + 2 * 3));

        Dictionary<string, byte[]> Files() => Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
    }

    [Test]
    public void What_a_file_says_is_text_and_no_markup()
    {
        using var folder = new TemporaryFolder();
        const string hostile = "<script>alert(1)</script>&\u0001";
        File.WriteAllText(folder["odd.csv"], $"<b>,n\n{hostile},1\n");
        CsvFile.Write(folder[Curves], Epochs("strided", [2, 1]).Select(row => row with { Network = $"../{hostile}" }).ToArray());
        XElement page = Report(folder, [Rows[0] with { Network = hostile, Method = hostile }]);
        Assert.That(page.Descendants("script"), Is.Empty);
        Assert.That(page.Value, Does.Contain("<script>alert(1)</script>&\uFFFD"));
        Assert.That(Directory.GetFiles(folder.Path, "*.svg", SearchOption.AllDirectories), Has.Length.EqualTo(3).And.All.StartsWith(folder["plots"]));
    }

    [Test]
    public void Files_that_are_not_understood_are_named_and_end_nothing()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["ranking.csv"], "method,score\nmax,3\n");
        File.WriteAllText(folder["empty.csv"], "");
        File.WriteAllText(folder["short.csv"], "a,b\n1,2\n3\n");
        File.WriteAllBytes(folder["binary.csv"], [0, 255, 10, 44, 34]);
        CsvFile.Write(folder["table9.csv"], Rows);
        File.WriteAllText(folder["table9.csv"], File.ReadAllText(folder["table9.csv"]).Replace("0.75", "good", StringComparison.Ordinal));
        XElement page = Report(folder, Rows, ExitCode.DataCorrupt);
        Assert.That(page.Value, Does.Contain("File ranking.csv.").And.Contain("empty.csv: it is empty.").And.Contain("short.csv: ").And.Contain("binary.csv"));
        Assert.That(page.Value, Does.Contain("table9.csv: line 2, column 'best_accuracy': 'good' is not a number."));
    }

    [TestCase("0.75,0.0125,", "75.3,0.0125,", "line 2, column 'best_accuracy': '75.3' is not a share from 0 to 1")]
    [TestCase("0.75,0.0125,", "-0.5,0.0125,", "line 2, column 'best_accuracy': '-0.5' is not a share from 0 to 1")]
    [TestCase("0.75,0.0125,", "NaN,0.0125,", "line 2, column 'best_accuracy': 'NaN' is not a share from 0 to 1")]
    [TestCase("0.75,0.0125,", "0.75,\"0,0125\",", "line 2, column 'best_accuracy_deviation': '0,0125' is not a number")]
    [TestCase(",strided,,2,", ",strided,,1,", "line 3, column 's1': the cell ResNet18/strided//1 has a line before this one")]
    [TestCase(",strided,,2,", ",strided,,,", "line 3, column 's1': it is empty")]
    [TestCase("ResNet18,max", "\"Res\nNet18\",max", "")]
    public void A_table_with_a_value_that_cannot_be_is_refused_with_line_and_column(string right, string wrong, string fault)
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder["table9.csv"], Rows);
        File.WriteAllText(folder["table9.csv"], File.ReadAllText(folder["table9.csv"]).Replace(right, wrong, StringComparison.Ordinal));
        CommandLine run = CommandLine.Run("report", "--results", folder.Path);
        Assert.That((run.Code, run.Error), Is.EqualTo(fault.Length == 0 ? (ExitCode.Done, "") : (ExitCode.DataCorrupt, $"gpupool: table9.csv: {fault}\n")));
    }

    [Test]
    public void Curves_with_an_epoch_twice_are_refused()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder[Curves], [.. Epochs("max", [2.3, 1.2]), .. Epochs("max", [2.2])]);
        CommandLine run = CommandLine.Run("report", "--results", folder.Path);
        Assert.That((run.Code, run.Error), Is.EqualTo(
            (ExitCode.DataCorrupt, $"gpupool: {Curves}: line 4, column 'epoch': epoch 1 of ResNet18/max//1, seed 0, has a line before this one\n")));
    }

    [Test]
    public void A_run_that_diverged_is_told_and_leaves_the_others_in_their_plot()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder[Curves],
            [.. Epochs("strided", [2.3, 1.2, 0.7]), .. Epochs("max", [2.3, 8, double.NaN]), .. Epochs("max", [double.NaN]).Select(epoch => epoch with { Seed = 1 })]);
        XElement page = Report(folder, Rows);
        XElement line = page.Descendants("tr").First(row => row.Elements("th").Any(name => name.Value == "max"));
        Assert.That(line.Value, Does.Contain("diverged at epoch 3 (seed 0), 1 (seed 1)"));
        Assert.That(page.Value, Does.Contain("Training left the finite numbers: ResNet18/max/s1=1 diverged at epoch 3 (seed 0), 1 (seed 1)."));
        Assert.That(Colours(folder[$"{LossCurves}.png"]), Is.GreaterThan(50));
    }

    [Test]
    public void A_loss_that_never_was_finite_still_gives_a_plot()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder[Curves], Epochs("max", [double.NaN]));
        Report(folder, Rows);
        Assert.That(File.Exists(folder[$"{LossCurves}.svg"]));
    }

    [Test]
    public void Curves_of_detectors_are_drawn_as_those_of_others()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder["table4-quick-curves.csv"], Enumerable.Range(1, 2).Select(epoch => new PrecisionCurveRow
        {
            Table = "table4",
            Network = "SSD ResNet18",
            Method = "strided",
            S1 = 1,
            Architecture = "ssd-resnet18-skip-1222",
            Width = 1,
            Seed = 0,
            Epoch = epoch,
            LearningRate = 0.01,
            TrainLoss = 9 - epoch,
            TestMap = epoch == 1 ? null : 0.25,
            TestMap50 = 0.5,
        }).ToArray());
        XElement page = Report(folder, Rows);
        Assert.That(page.Descendants("figcaption").Select(caption => caption.Value), Has.One.Contains("table4-quick-curves, SSD ResNet18: test mean average precision by epoch"));
        Assert.That(Directory.GetFiles(folder["plots"]).Select(Path.GetFileName), Has.Member("table4-quick-curves-SSD-ResNet18-precision.svg").And.Member("table4-quick-curves-SSD-ResNet18-loss.svg"));
        Assert.That(page.Descendants("tr").Select(line => line.Value), Has.Member("strided1128.00007.000025.0025.00"));
    }

    [Test]
    public void Twenty_methods_have_plots_of_their_own()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder[Curves], Enumerable.Range(0, 20).SelectMany(method => Epochs($"method {method}", [2, 1 + 0.04 * method])).ToArray());
        Report(folder, Rows);
        XElement svg = XElement.Load(folder[$"{LossCurves}.svg"]);
        XElement[] headings = [.. Texts(svg).Where(text => text.Value.StartsWith("method", StringComparison.Ordinal))];
        Assert.That(headings.Select(text => text.Value), Is.EqualTo(Enumerable.Range(0, 20).Select(method => $"method {method}")));
        Assert.That(headings.Select(text => text.Attribute("transform")!.Value), Is.Unique);
        Assert.That(
            headings.Select(text => double.Parse(text.Attribute("transform")!.Value.Split([' ', ')'])[1], CultureInfo.InvariantCulture)),
            Is.All.InRange(0, double.Parse(svg.Attribute("height")!.Value, CultureInfo.InvariantCulture)));
    }

    [Test]
    public void Curves_of_other_methods_stand_before_those_of_the_papers()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder[Curves], [.. Epochs("max", [2.3, 1.2]), .. Epochs("self-attentive", [2.2, 0.7])]);
        Report(folder, Rows);
        XElement svg = XElement.Load(folder[$"{LossCurves}.svg"]);
        Assert.That(Texts(svg).Select(text => text.Value), Has.One.EqualTo("pale: self-attentive at the same s1"));
        string[] lines = [.. Elements(svg, "path").Where(line => line.Attribute("stroke")?.Value == "#0B7BC1").Select(line => line.Attribute("stroke-opacity")?.Value ?? "1")];
        Assert.That(lines, Is.EqualTo(new[] { "1", "0.3", "1", "1" }), "the legend; pale and then full in the plot of max; full in that of the paper's");
    }

    [Test]
    public void Plots_are_files_and_not_blank()
    {
        using var folder = new TemporaryFolder();
        Report(folder, Rows);
        Assert.That(Colours(folder[$"{Overview}.png"]), Is.GreaterThan(50));
        Assert.That(File.ReadAllText(folder[$"{Overview}.svg"]), Does.Contain("s1 = 1").And.Contain("strided").And.Contain("not comparable with the paper's numbers"));
    }

    [Test]
    public void Equal_accuracies_are_dots_of_their_own()
    {
        using var folder = new TemporaryFolder();
        string[] methods = ["strided", "max", "self-attentive"];
        Report(folder, [.. methods.SelectMany(method => new[] { 1, 2, 4 }.Select(s1 => Cell("ResNet18", method, s1) with { BestAccuracy = 0.5 }))]);
        IEnumerable<(string?, string?)> dots = Elements(XElement.Load(folder[$"{Overview}.svg"]), "ellipse").Select(dot => (dot.Attribute("cx")?.Value, dot.Attribute("cy")?.Value));
        Assert.That(dots, Is.Unique.And.Exactly(1 + 9).Items, "a dot in the legend, and one for each cell");
    }

    [Test]
    public void A_method_at_both_placements_has_two_lines()
    {
        using var folder = new TemporaryFolder();
        Report(folder, [.. new[] { "inner", "outer" }.Select(placement => Cell("ResNet18", "max", 1) with { Placement = placement, BestAccuracy = 0.5 })]);
        Assert.That(Texts(XElement.Load(folder[$"{Overview}.svg"])).Select(text => text.Value), Is.SupersetOf(new[] { "max (inner)", "max (outer)" }));
    }

    [TestCase(0.0125, 3)]
    [TestCase(null, 0)]
    public void Several_seeds_have_a_bar_with_two_ends(double? deviation, int parts)
    {
        using var folder = new TemporaryFolder();
        Report(folder, [Rows[0] with { BestAccuracyDeviation = deviation }]);
        XElement svg = XElement.Load(folder[$"{Overview}.svg"]);
        Assert.That(Elements(svg, "path").Count(line => line.Attribute("stroke")?.Value == "#0B7BC1"), Is.EqualTo(parts));
        Assert.That(Texts(svg).Count(text => text.Value == "ours, with the standard deviation over seeds"), Is.EqualTo(parts > 0 ? 1 : 0));
    }

    [TestCase(null, 2, 0)]
    [TestCase("1 -", 0, 1)]
    public void A_cell_with_a_run_that_diverged_is_no_dot(string? diverged, int dots, int crosses)
    {
        using var folder = new TemporaryFolder();
        Report(folder, [Rows[0] with { DivergedEpoch = diverged }]);
        XElement svg = XElement.Load(folder[$"{Overview}.svg"]);
        Assert.That(Elements(svg, "ellipse").Count(), Is.EqualTo(dots + crosses), "the legend has a dot in any case");
        Assert.That(Texts(svg).Count(text => text.Value == "a run diverged"), Is.EqualTo(crosses));
    }

    [TestCase("smoke", "synthetic", 0)]
    [TestCase("paper", "stl10", 1)]
    public void The_papers_values_are_marks_only_where_they_can_be_compared(string preset, string dataset, int marks)
    {
        using var folder = new TemporaryFolder();
        Report(folder, [Rows[0] with { Preset = preset, Dataset = dataset }]);
        Assert.That(Texts(XElement.Load(folder[$"{Overview}.svg"])).Count(text => text.Value == "the paper's"), Is.EqualTo(marks));
    }

    [Test]
    public void The_style_sheet_has_no_letter_that_a_page_would_escape()
    {
        using var folder = new TemporaryFolder();
        Report(folder, Rows);
        string page = File.ReadAllText(folder["report.html"]);
        Assert.That(page[page.IndexOf("<style>", StringComparison.Ordinal)..page.IndexOf("</style>", StringComparison.Ordinal)], Does.Contain("@media print").And.Not.Contain("&"));
    }

    [Test]
    public void A_folder_without_results_is_one_line()
    {
        using var folder = new TemporaryFolder();
        foreach (string place in new[] { folder.Path, folder["nowhere"] })
        {
            CommandLine run = CommandLine.Run("report", "--results", place);
            Assert.That(run.Code, Is.EqualTo(ExitCode.DataMissing));
            Assert.That(run.Error.TrimEnd('\n'), Does.StartWith($"gpupool: there is no result in {place}").And.Not.Contain("\n"));
        }
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void A_report_that_cannot_be_written_is_one_line()
    {
        using var folder = new TemporaryFolder();
        CsvFile.Write(folder["table2-smoke.csv"], Rows);
        CommandLine run = CommandLine.Run("report", "--results", folder.Path, "--plots", Path.Combine(folder["table2-smoke.csv"], "plots"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.NotWritable), run.Error);
    }

    private static TableRow Cell(string network, string method, int s1) =>
        new() { Table = "table2", Network = network, Method = method, S1 = s1, Architecture = $"resnet18-{method}-{s1}222", Width = 1, Preset = "smoke" };

    private static CurveRow[] Epochs(string method, double[] losses) => [.. losses.Select((loss, index) => new CurveRow
    {
        Table = "table2", Network = "ResNet18", Method = method, S1 = 1, Architecture = "resnet18-skip-1222", Width = 1, Seed = 0, Epoch = index + 1, LearningRate = 0.01,
        TrainLoss = loss, TrainAccuracy = 0.2, TestLoss = loss, TestAccuracy = 0.1 * (index + 1),
    })];

    private static XElement Report(TemporaryFolder folder, TableRow[] rows, ExitCode code = ExitCode.Done, int tables = 1)
    {
        CsvFile.Write(folder["table2-smoke.csv"], rows);
        CommandLine run = CommandLine.Run("report", "--results", folder.Path);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Output, Does.StartWith($"{folder["report.html"]}: {tables} tables, "));
        return XElement.Parse(File.ReadAllText(folder["report.html"]).Replace("<!DOCTYPE html>\n", "", StringComparison.Ordinal));
    }

    private static string? Banner(XElement page) => page.Descendants("p").SingleOrDefault(part => part.Attribute("class")?.Value == "banner")?.Value;

    private static IEnumerable<XElement> Elements(XElement svg, string name) => svg.Descendants().Where(element => element.Name.LocalName == name);

    private static IEnumerable<XElement> Texts(XElement svg) => Elements(svg, "text");

    private static int Colours(string file)
    {
        using SKBitmap picture = SKBitmap.Decode(file);
        return picture.Pixels.Distinct().Count();
    }
}
