using GpuPool.Experiments;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;
using GpuPool.Experiments.Training;

namespace GpuPool.Tests.Experiments;

public sealed class Table4Tests
{
    private const string Cell = "SSD MobileNetV2/strided/s1=1";

    [Test]
    public void Every_method_of_the_paper_has_its_six_values_and_no_other_has_one()
    {
        var table = new Table4();
        ILookup<bool, TableCell> cells = table.Cells.ToLookup(cell => Table4.PaperMethods.Contains(cell.Method) && !cell.Network.StartsWith("YOLO", StringComparison.Ordinal));
        Assert.That(cells[true].Select(cell => PrecisionRow.Empty(table, cell, TablePreset.Smoke).Columns), Has.Exactly(12).Items.And.All.All.Matches<(string, double?, double? Paper)>(column => column.Paper > 0));
        Assert.That(cells[false].Select(cell => PrecisionRow.Empty(table, cell, TablePreset.Smoke).Columns), Has.All.All.Matches<(string, double?, double? Paper)>(column => column.Paper is null));
    }

    [Test]
    public void A_cell_is_trained_and_shown_beside_the_paper_with_what_it_found()
    {
        using var folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run("reproduce", "table4", "--rows", Cell, "--out", folder["out"], "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("mAP@0.75").And.Contain("(36.3)"));
        PrecisionRow row = CsvFile.Read<PrecisionRow>(folder["out/table4-smoke.csv"]).Single(known => known.BestMap is not null);
        Assert.That((row.Network, row.Method, row.PaperMap50, row.PaperMapSmall), Is.EqualTo(("SSD MobileNetV2", "strided", (double?)0.363, (double?)0.008)));
        Assert.That(row.LastLoss, Is.Below(row.FirstLoss!.Value));
        Assert.That(row.Columns.Select(column => column.Ours), Has.All.InRange(0, 1));
        // That of eight classes and the background, 3,134,100, less five outputs for each of six boxes of the six levels, which have 2,528 channels.
        Assert.That(row.Parameters, Is.EqualTo(3_134_100 - 30 * (2528 + 6)));
        CommandLine report = CommandLine.Run("report", "--results", folder["out"]);
        Assert.That(report.Code, Is.EqualTo(ExitCode.Done), report.Error);
        Assert.That(File.ReadAllText(folder["out/report.html"]), Does.Contain("<img src=\"data:image/png;base64,iVBOR").And.Contain("36.3").And.Contain("only ours"));
    }

    [Test]
    public void A_rerun_keeps_the_row_and_another_machine_may_have_made_it()
    {
        using var folder = new TemporaryFolder();
        CommandLine.Run("reproduce", "table4", "--rows", Cell, "--out", folder["out"], "--device", "cpu");
        string before = File.ReadAllText(folder["out/table4-smoke.csv"]);
        Assert.That(CommandLine.Run("reproduce", "table4", "--rows", Cell, "--out", folder["out"], "--device", "cpu").Code, Is.EqualTo(ExitCode.Done));
        Assert.That(File.ReadAllText(folder["out/table4-smoke.csv"]), Is.EqualTo(before));
        Assert.That(CommandLine.Run("reproduce", "table4", "--rows", Cell, "--out", folder["other"], "--collect", folder["out"]).Code, Is.EqualTo(ExitCode.Done));
        Assert.That(File.ReadAllText(folder["other/table4-smoke.csv"]), Is.EqualTo(before));
    }

    [Test]
    public void Epochs_of_a_detector_are_kept_with_their_precisions()
    {
        using var folder = new TemporaryFolder();
        var table = new Table4();
        TrainingConfig config = table.Configure(table.Cells[0], TablePreset.Quick, "synthetic", 0);
        Assert.That((config.Size, config.TrainLimit, config.LearningRate), Is.EqualTo((320, (int?)200, 0.01)));
        PrecisionRow row = PrecisionRow.Empty(table, table.Cells[0], TablePreset.Quick);
        PrecisionCurveRow[] curves = [new()
        {
            Table = row.Table, Network = row.Network, Method = row.Method, S1 = 1, Architecture = row.Architecture, Width = 1, Seed = 0, Epoch = 1, LearningRate = 0.01, TrainLoss = 3,
            TestMap = 0.25, TestMap50 = 0.5,
        }];
        CsvFile.Write(folder["table4-quick-curves.csv"], curves);
        CsvFile.Write(folder["table4-quick.csv"], [row with { BestMap = 0.25, BestEpoch = "1", Seeds = "0" }]);
        Assert.That(File.ReadLines(folder["table4-quick-curves.csv"]).First(), Does.EndWith("train_loss,test_map,test_map_50,test_map_75,test_map_large,test_map_medium,test_map_small"));
        Assert.That(new TableFile(folder.Path, table, TablePreset.Quick).BestScores(table.Cells[0], [0]), Is.EqualTo(new[] { 0.25 }));
    }

    [Test]
    public void Other_classes_reach_the_runs_and_their_processes_and_no_other_table()
    {
        using var folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run("reproduce", "table4", "--rows", Cell, "--out", folder["out"], "--device", "cpu", "--classes", "disc");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(CsvFile.Read<PrecisionRow>(folder["out/table4-smoke.csv"])[0].Parameters, Is.EqualTo(3_134_100 - 42 * (2528 + 6)));
        Assert.That(CommandLine.Run("reproduce", "table4", "--rows", Cell, "--out", folder["out"], "--plan", "lines", "--classes", "disc,square").Output, Does.Contain(" --classes disc,square "));
        CommandLine other = CommandLine.Run("reproduce", "table2", "--classes", "disc");
        Assert.That((other.Code, other.Line), Is.EqualTo((ExitCode.Usage, "gpupool: --classes is for detectors, and table2 has networks that classify. Give it with table4 alone.")));
    }
}
