using GpuPool.Experiments;
using GpuPool.Experiments.Tables;

namespace GpuPool.Tests.Experiments;

public sealed class Table2Tests
{
    private const string Header =
        "table,network,method,placement,s1,architecture,width,best_accuracy,best_accuracy_deviation,last_accuracy,last_accuracy_deviation,best_epoch,"
        + "diverged_epoch,first_loss,last_loss,paper_accuracy,preset,dataset,train_images,test_images,image_size,batch,epochs,seeds,"
        + "parameters,multiply_adds,peak_bytes,device,revision,seconds";

    private static readonly Table2 Table = new();

    [Test]
    public void Cells_are_three_backbones_by_all_methods_by_three_strides() =>
        Assert.That(Table.Cells.GroupBy(cell => (cell.Network, cell.Method)).Select(row => row.Select(cell => cell.FirstStride)),
            Has.Exactly(3 * 18).Items.And.All.EqualTo(new[] { 1, 2, 4 }));

    [TestCase("MobileNetV2/strided/s1=4", 0.3649)]
    [TestCase("MobileNetV2/self-attentive/s1=1", 0.8175)]
    [TestCase("ResNet18/self-attentive/s1=2", 0.8111)]
    public void Paper_values_stand_in_their_cells(string name, double value) =>
        Assert.That(Table.Cells.Single(cell => cell.Name == name).Paper, Is.EqualTo(value));

    [Test]
    public void A_rerun_skips_finished_cells_and_fills_in_the_others()
    {
        using var folder = new TemporaryFolder();
        CommandLine first = Reproduce(folder, "MobileNetV2-0.35x/strided/s1=1");
        Assert.That(first.Code, Is.EqualTo(ExitCode.Done), first.Error);
        Assert.That(first.Error, Does.StartWith("[1/1] MobileNetV2-0.35x/strided/s1=1, seed 0: test accuracy "));
        string file = folder["table2-smoke.csv"], written = File.ReadAllText(file);
        string[] lines = written.TrimEnd('\n').Split('\n');
        Assert.That(lines[0], Is.EqualTo(Header));
        Assert.That(lines, Has.Length.EqualTo(1 + Table.Cells.Count));
        Assert.That(lines.Count(line => line.Contains(",synthetic,16,16,", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(
            lines,
            Has.One.EqualTo("table2,ResNet18,strided,,2,resnet18-skip-2222,1,,,,,,,,,0.7605,smoke,,,,,,,,,,,,,"),
            "not run: empty, but for the paper's value");
        Assert.That(Loss(lines, "last_loss"), Is.Below(Loss(lines, "first_loss")), "really trained");

        CommandLine again = Reproduce(folder, "MobileNetV2-0.35x/strided/s1=1");
        Assert.That(again.Error, Is.Empty, "nothing is trained");
        Assert.That(File.ReadAllText(file), Is.EqualTo(written));

        CommandLine more = Reproduce(folder, "mobilenet_v2-skip-2222121", "--seeds", "0,1");
        Assert.That(more.Code, Is.EqualTo(ExitCode.Done), more.Error);
        lines = File.ReadAllText(file).TrimEnd('\n').Split('\n');
        Assert.That(lines.Count(line => line.Contains(",synthetic,16,16,32,16,52,0,", StringComparison.Ordinal)), Is.EqualTo(1), "the first cell is kept");
        Assert.That(lines.Where(line => line.Contains(",0 1,", StringComparison.Ordinal)), Has.Exactly(2).Items.And.All.Contains(",synthetic,16,16,64,16,"), "both widths, two seeds");
    }

    [Test]
    public void A_cell_that_another_table_has_trained_is_not_trained_again()
    {
        using var folder = new TemporaryFolder();
        Reproduce(folder, "MobileNetV2-0.35x/strided/s1=1");
        CommandLine other = CommandLine.Run("reproduce", "matched", "--preset", "smoke", "--rows", "mobilenet_v2-skip-1222121", "--out", folder.Path, "--device", "cpu");
        Assert.That(other.Code, Is.EqualTo(ExitCode.Done), other.Error);
        Assert.That(other.Error, Does.Contain("MobileNetV2/strided").And.Not.Contain("MobileNetV2-0.35x"));
        string[] first = Row(folder["table2-smoke.csv"]), second = Row(folder["matched-smoke.csv"]);
        Assert.That(second, Has.Length.EqualTo(first.Length));
        // All but the name of the table and the paper's value.
        Assert.That(second.Where((_, column) => column is not (0 or 15)), Is.EqualTo(first.Where((_, column) => column is not (0 or 15))));

        static string[] Row(string file) => File.ReadAllLines(file).Single(line => line.Contains(",mobilenet_v2-skip-1222121,0.35,0", StringComparison.Ordinal)).Split(',');
    }

    [Test]
    public void A_smoke_run_is_tested_once_at_its_end()
    {
        using var folder = new TemporaryFolder();
        Reproduce(folder, "MobileNetV2-0.35x/strided/s1=1");
        CellResult result = CellResult.Load(Directory.GetDirectories(folder["runs/table2-smoke"]).Single())!;
        Assert.That(result.Epochs.Select(epoch => epoch.Test.Count > 0), Is.EqualTo(result.Epochs.Select(epoch => epoch.Epoch == 52)));
        Assert.That((result.BestEpoch, result.BestScore), Is.EqualTo((52, result.LastScore)));
        Assert.That(result.LastScore, Is.InRange(0, 1));
    }

    [Test]
    public void A_dry_run_lists_the_runs_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run("reproduce", "all", "--preset", "quick", "--seeds", "0", "--seeds", "1,2", "--dry-run", "--out", folder["out"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("ResNet18/max/s1=4: resnet18-maxp-4222, width 1, 128 pixels, 10 epochs of 1000 images, seed 2, "));
        Assert.That(run.Output, Does.Contain($"{3 * Table.Cells.Count} runs; results in "));
        Assert.That(Directory.Exists(folder["out"]), Is.False);
    }

    [TestCase("reproduce table9", ExitCode.Usage, "unknown table 'table9'. Did you mean 'table2'? Known tables: table2, table3")]
    [TestCase("reproduce figure4 --lip RUN", ExitCode.Usage, "--lip and --ours go together")]
    [TestCase("reproduce table2 --lip RUN --ours RUN", ExitCode.Usage, "--lip and --ours go with figure4")]
    [TestCase("reproduce figure4 --gaussian RUN", ExitCode.Usage, "--gaussian goes with --lip and --ours")]
    [TestCase("reproduce table2 --without-pictures", ExitCode.Usage, "--without-pictures goes with figure4")]
    [TestCase("reproduce table2 --rows DenseNet*", ExitCode.Configuration, "no cell of table2 matches 'DenseNet*'")]
    [TestCase("reproduce table2 --preset paper", ExitCode.DataMissing, "the paper preset of table2 needs the paper's data set")]
    [TestCase("reproduce table2 --preset quick --data /nowhere", ExitCode.DataMissing, "/nowhere")]
    [TestCase("reproduce table2 --preset full", ExitCode.Usage, "Known values: smoke, quick, paper.")]
    [TestCase("reproduce table2 --seeds 0,0", ExitCode.Usage, "--seeds '0,0' is not a list of different whole numbers")]
    [TestCase("reproduce table2 --out FILE", ExitCode.NotWritable, "cannot be made")]
    public void A_mistake_is_one_line_with_cause_and_remedy(string line, ExitCode code, string part)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        string file = Path.Combine(folder["file"], "out");
        CommandLine run = CommandLine.Run([.. line.Split(' ').Select(word => word == "FILE" ? file : word), "--device", "cpu"]);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Line, Does.StartWith("gpupool: ").And.Contain(part));
    }

    private static CommandLine Reproduce(TemporaryFolder folder, string rows, params string[] more) =>
        CommandLine.Run(["reproduce", "table2", "--preset", "smoke", "--rows", rows, "--out", folder.Path, "--device", "cpu", "--threads", "2", .. more]);

    private static double Loss(string[] lines, string column) => double.Parse(
        lines.Single(line => line.Contains("smoke,synthetic", StringComparison.Ordinal)).Split(',')[Array.IndexOf(lines[0].Split(','), column)],
        System.Globalization.CultureInfo.InvariantCulture);
}
