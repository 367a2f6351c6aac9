using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;
using GpuPool.Experiments.Training;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Tests.Experiments;

/// <summary>What holds for every table whose cells are trained.</summary>
[TestFixtureSource(nameof(Names))]
public sealed class TableTests(string name)
{
    private readonly ITable _table = TableCatalogue.Of(name).Tables.Single();

    private static IEnumerable<string> Names => TableCatalogue.Tables.Select(table => table.Id);

    [Test]
    public void Every_cell_of_every_preset_names_a_network_that_exists_at_its_size([Values] TablePreset preset)
    {
        // Cells of one network on other pictures cost the same.
        foreach (TableCell cell in _table.Cells.DistinctBy(cell => (cell.Architecture, cell.Width, cell.Pruned)))
        {
            TrainingConfig config = _table.Configure(cell, preset, "synthetic", 0);
            Architecture backbone = DetectorArchitecture.IsDetector(config.Architecture) ? DetectorArchitecture.Parse(config.Architecture).Backbone : Architecture.Parse(config.Architecture);
            Assert.That(backbone.Strides[0], Is.EqualTo(cell.FirstStride), cell.Name);
            Assert.That(config.Cost(config.Task()).Parameters, Is.GreaterThan(0), cell.Name);
            Assert.That(config.Pruning is not null, Is.EqualTo(cell.Pruned), cell.Name);
        }
    }

    [Test]
    public void Cells_and_rows_have_names_of_their_own()
    {
        Assert.That(_table.Cells.Select(cell => cell.Name), Is.Unique);
        Assert.That(_table.Cells.Select(cell => TableRow.Empty(_table, cell, TablePreset.Smoke).Key), Is.Unique);
        Assert.That(_table.Cells.Select(cell => (cell.Architecture, cell.Width, cell.Variant)), Is.Unique, "a cell's folder is its own");
    }

    [Test]
    public void The_paper_preset_wants_the_data_of_the_paper()
    {
        using var folder = new TemporaryFolder();
        if (_table.MakesItsPictures)
        {
            CommandLine given = CommandLine.Run("reproduce", name, "--data", "synthetic", "--out", folder["out"]);
            Assert.That((given.Code, given.Line), Is.EqualTo((ExitCode.Usage, $"gpupool: --data is given, but {name} makes its pictures. Leave it out, or give it with another table.")));
            return;
        }
        CommandLine run = CommandLine.Run("reproduce", name, "--preset", "paper", "--out", folder["out"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.DataMissing));
        Assert.That(run.Line, Does.Contain($"the paper preset of {name} needs the paper's data set"));
    }
}

/// <summary>What the rows of single tables show.</summary>
public sealed class TableRowTests
{
    [Test]
    public void Channels_are_pruned_after_the_whole_network_is_trained_and_the_row_counts_what_is_left()
    {
        TableRow whole = Only("table3", "*/self-attentive/s1=1"), pruned = Only("table3", "*/self-attentive, pruned/s1=1");
        Assert.That(pruned.Epochs, Is.EqualTo(whole.Epochs / 2 + 8));
        Assert.That(pruned.Parameters, Is.Below(whole.Parameters!.Value));
        Assert.That(pruned.MultiplyAdds, Is.Below(whole.MultiplyAdds!.Value));
    }

    [Test]
    public void A_diverged_run_is_a_row_and_not_a_failure()
    {
        var table = new Table7();
        TableCell cell = table.Cells.First(known => known.Method == "without sigmoid");
        EpochRecord[] epochs = [Epoch.Of(1, 2.3, 0.1, 2.3, 0.2), Epoch.Of(2, double.NaN, 0.1, double.NaN, 0.1)];
        using var folder = new TemporaryFolder();
        var file = new TableFile(folder.Path, table, TablePreset.Quick);
        file.Enter([(cell, [Result(table, cell, 0, epochs), Result(table, cell, 1, epochs[..1])])]);
        TableRow row = CsvFile.Read<TableRow>(file.FilePath).Single(known => known.BestAccuracy is not null);
        Assert.That(row.DivergedEpoch, Is.EqualTo("2 -"));
        Assert.That(row.LastLoss, Is.NaN);
        IReadOnlyList<CurveRow> curves = CsvFile.Read<CurveRow>(file.CurvePath);
        Assert.That(curves.Select(epoch => (epoch.Seed, epoch.Epoch, double.IsNaN(epoch.TrainLoss))), Is.EqualTo(new[] { (0UL, 1, false), (0UL, 2, true), (1UL, 1, false) }));
        // Another process finds both again.
        var again = new TableFile(folder.Path, table, TablePreset.Quick);
        again.Enter([(table.Cells[0], [Result(table, table.Cells[0], 0, epochs[..1])])]);
        Assert.That(CsvFile.Read<CurveRow>(file.CurvePath), Has.Count.EqualTo(4));
    }

    [Test]
    public void Configurations_stand_beside_the_rows_once_for_all_cells_and_without_places()
    {
        var table = new Table2();
        TableCell[] cells = [.. table.Cells.Where(cell => cell.Network == "MobileNetV2-0.35x" && cell.FirstStride == 1)];
        TableCell whole = cells.Single(cell => cell.Method == "self-attentive"), pruned = cells.Single(cell => cell.Pruned);
        EpochRecord[] epochs = [Epoch.Of(1, 2.3, 0.1, 2.3, 0.2)];
        using TemporaryFolder folder = new(), other = new();
        var file = new ConfigFile(folder.Path, table, TablePreset.Quick);
        file.Enter([(pruned, [Result(table, pruned, 0, epochs), Result(table, pruned, 3, epochs)])]);
        file.Write();
        // Another process goes on with it.
        file = new ConfigFile(folder.Path, table, TablePreset.Quick);
        file.Enter([(whole, [Result(table, whole, 0, epochs)])]);
        file.Write();
        string text = File.ReadAllText(file.FilePath);
        Assert.That(file.FilePath, Is.EqualTo(folder["table2-quick-config.json"]));
        JsonElement content = JsonDocument.Parse(text).RootElement, shared = content.GetProperty("shared");
        Assert.That((shared.GetProperty("data").GetString(), shared.GetProperty("batch").GetInt32(), shared.GetProperty("train_limit").GetInt32()), Is.EqualTo(("folder:images", 8, 1000)));
        Assert.That(text, Does.Not.Contain("/nowhere").And.Not.Contain("\"seed\""));
        string[] lines = [.. content.GetProperty("cells").EnumerateArray().Select(line => line.GetRawText())];
        const string cell = "{\"cell\":{\"network\":\"MobileNetV2-0.35x\",\"method\":\"self-attentive";
        Assert.That(lines, Is.EqualTo(new[]
        {
            cell + "\",\"placement\":\"inner\",\"s1\":1},\"seeds\":[0],\"own\":{\"epochs\":10,\"pruning\":null}}",
            cell + ", pruned\",\"placement\":\"inner\",\"s1\":1},\"seeds\":[0,3],\"own\":{\"epochs\":14,\"pruning\":{\"density\":0.5,\"after_epoch\":10,\"learning_rate\":0.001,\"start\":null}}}",
        }), "in the order of the table, with what is not shared");

        var again = new ConfigFile(other.Path, table, TablePreset.Quick);
        again.Enter([(whole, [Result(table, whole, 0, epochs)])]);
        again.Enter([(pruned, [Result(table, pruned, 0, epochs), Result(table, pruned, 3, epochs)])]);
        again.Write();
        Assert.That(File.ReadAllText(again.FilePath), Is.EqualTo(text), "whoever wrote it in whatever order");
    }

    [Test]
    public void A_rerun_with_nothing_left_writes_the_configurations_of_finished_runs()
    {
        var table = new Table2();
        TableCell cell = table.Cells[0];
        using var folder = new TemporaryFolder();
        var runner = new TableRunner(table, TablePreset.Quick, "synthetic", folder.Path);
        string run = runner.Folder(new CellRun(cell, 0));
        Directory.CreateDirectory(run);
        (Result(table, cell, 0, [Epoch.Of(1, 2.3, 0.1, 2.3, 0.2)]) with { Config = runner.Configure(cell, 0) }).Write(run);
        CommandLine rerun = CommandLine.Run("reproduce", "table2", "--preset", "quick", "--rows", cell.Name, "--out", folder.Path, "--device", "cpu");
        Assert.That((rerun.Code, rerun.Error), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(JsonDocument.Parse(File.ReadAllText(folder["table2-quick-config.json"])).RootElement.GetProperty("shared").GetProperty("epochs").GetInt32(), Is.EqualTo(10));
    }

    [Test]
    public void A_ranking_compares_the_order_of_the_paper_with_ours_seed_by_seed()
    {
        TableCell[] cells = [.. new Table2().Cells.Where(cell => cell is { Network: "ResNet18", FirstStride: 1, Paper: not null })];
        var better = cells.ToDictionary(cell => cell.Method, cell => cell.Paper!.Value);
        RankingRow row = RankingRow.Of("table2", cells.Select(cell => (cell, new[] { better[cell.Method], -better[cell.Method] }))).Single();
        Assert.That((row.Seeds, row.Tau, row.TauLowest, row.TauHighest), Is.EqualTo((2, 0.0, -1.0, 1.0)));
        Assert.That(row.PaperOrder, Is.EqualTo(
            "self-attentive, pruned 0.8268 > self-attentive 0.8225 > lip 0.8194 > rnnpool 0.8180 > gaussian 0.8157 > strided 0.7980"));
        Assert.That(RankingRow.Of("table2", cells[..2].Select(cell => (cell, new[] { 0.5 }))), Is.Empty, "two methods are no ranking");
    }

    [Test]
    public void Methods_are_compared_in_pairs_of_the_same_seed_with_a_confidence_interval()
    {
        TableCell[] cells = [.. new Ranking().Cells.Where(cell => cell.FirstStride == 1)];
        double[] none = [], first = [0.50, 0.60, 0.70], second = [0.40, 0.52, 0.58];
        IReadOnlyList<DifferenceRow> rows = DifferenceRow.Of("ranking", [(cells[0], first), (cells[1], second), (cells[2], none), (cells[3], first)]);
        Assert.That(rows.Select(row => $"{row.First} {row.Second}"), Is.EqualTo(new[] { "strided max", "strided gaussian", "max gaussian" }));
        // Differences 0.10, 0.08 and 0.12: their error is 0.02 / sqrt 3, and t of two degrees at 95 % is 4.3027; beyond t = 5 sqrt 3 lies 1 - sqrt(75 / 77).
        Assert.That((rows[0].Seeds, rows[0].Difference, rows[0].Deviation, rows[0].Lower, rows[0].Upper, rows[0].P), Is.EqualTo((3, 0.1, 0.02, 0.0503, 0.1497, 0.0131)));
        Assert.That((rows[1].Difference, rows[1].Lower, rows[1].Upper, rows[1].P), Is.EqualTo((0.0, 0.0, 0.0, (double?)null)), "no pair differs");
        Assert.That(DifferenceRow.Of("ranking", [(cells[0], [0.5]), (cells[1], [0.4])]), Is.Empty, "of one seed nothing is known of the deviation");
    }

    [Test]
    public void The_ranking_trains_all_pictures_at_64_pixels_for_60_epochs_beside_the_values_of_table_2()
    {
        var table = new Ranking();
        Assert.That(table.Cells, Has.Count.EqualTo(6 * 2));
        TrainingConfig config = table.Configure(table.Cells[^1], TablePreset.Quick, "folder:pictures", 2);
        Assert.That(config, Is.EqualTo(new TrainingConfig { Architecture = "mobilenet_v2-nlp_headfix2-2222121", Width = 0.35, Data = "folder:pictures", Seed = 2, Size = 64, Epochs = 60 }));
        Assert.That(table.Cells.Where(cell => cell.FirstStride == 1).Select(cell => cell.Paper), Is.EqualTo(new double?[] { 0.6989, null, 0.7302, 0.7167, 0.7290, 0.7799 }));
    }

    [Test]
    public void A_row_of_several_seeds_is_not_replaced_by_one_of_them()
    {
        var table = new Table2();
        TableCell cell = table.Cells[0];
        EpochRecord[] epochs = [Epoch.Of(1, 2.3, 0.1, 2.3, 0.2)];
        CellResult[] results = [.. new[] { 0UL, 1UL, 2UL }.Select(seed => Result(table, cell, seed, epochs))];
        using var folder = new TemporaryFolder();
        new TableFile(folder.Path, table, TablePreset.Quick).Enter([(cell, results)]);
        string Seeds() => CsvFile.Read<TableRow>(folder["table2-quick.csv"])[0].Seeds!;
        foreach ((CellResult[] entered, string seeds) in new[]
        {
            (results[1..2], "0 1 2"), ([results[2], results[0], results[1]], "2 0 1"), ([results[0] with { Dataset = "stl10" }], "0"), (results[..2], "0 1"),
        })
        {
            new TableFile(folder.Path, table, TablePreset.Quick).Enter([(cell, entered)]);
            Assert.That(Seeds(), Is.EqualTo(seeds));
        }
    }

    [Test]
    public void Without_a_folder_to_collect_the_files_are_written_again_from_what_they_have()
    {
        var table = new Table2();
        TableCell[] cells = [.. table.Cells.Where(cell => cell is { Network: "ResNet18", FirstStride: 1, Paper: not null })];
        EpochRecord[] epochs = [Epoch.Of(1, 2.3, 0.1, 2.3, 0.2), Epoch.Of(2, 2, 0.1, 2, 0.1)];
        using var folder = new TemporaryFolder();
        var file = new TableFile(folder.Path, table, TablePreset.Quick);
        file.Enter([.. cells.Select((cell, index) => (cell, (IReadOnlyList<CellResult>)
        [
            Result(table, cell, 0, epochs), Result(table, cell, 1, [Epoch.Of(1, 2.3, 0.1, 2.3, 0.3 + 0.01 * index)]),
        ]))]);
        string[] paths = [file.FilePath, file.CurvePath, folder["table2-quick-config.json"]], written = [.. paths.Select(File.ReadAllText)];
        File.WriteAllText(file.FilePath, written[0].Replace(",0.8268,", ",,", StringComparison.Ordinal));
        CommandLine run = CommandLine.Run("reproduce", "table2", "--preset", "quick", "--seeds", "1", "--out", folder.Path, "--collect");
        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.Done, "")));
        Assert.That(paths.Select(File.ReadAllText), Is.EqualTo(written));
        RankingRow row = CsvFile.Read<RankingRow>(folder["table2-quick-ranking.csv"]).Single();
        Assert.That(row.OurOrder, Is.EqualTo(
            "self-attentive, pruned 0.3500 > self-attentive 0.3400 > rnnpool 0.3300 > gaussian 0.3200 > lip 0.3100 > strided 0.3000"), "the best epochs with seed 1");
        Assert.That((row.Seeds, row.Tau), Is.EqualTo((1, Math.Round(11 / 15.0, 3))), "of 15 pairs lip with gaussian and with rnnpool are the other way round");
    }

    [TestCase("table6", 54)]
    [TestCase("memory", 12)]
    public void A_counted_table_is_written_without_training(string name, int rows)
    {
        using var folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run("reproduce", name, "--out", folder.Path);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain("counted, nothing is trained"));
        Assert.That(File.ReadAllLines(folder[$"{name}.csv"]), Has.Length.EqualTo(1 + rows));
    }

    private static CellResult Result(ITable table, TableCell cell, ulong seed, EpochRecord[] epochs) => new()
    {
        Config = table.Configure(cell, TablePreset.Quick, "folder:/nowhere/images", seed),
        Dataset = "folder:images",
        BestScore = 0.2,
        BestEpoch = 1,
        LastScore = epochs[^1].Test.Score,
        FirstLoss = epochs[0].Train.Loss,
        LastLoss = epochs[^1].Train.Loss,
        Epochs = epochs,
        TrainImages = 1,
        TestImages = 1,
        Parameters = 1,
        MultiplyAdds = 1,
        PeakBytes = 1,
        Device = "none",
        Revision = "none",
        Seconds = 1,
    };

    private static TableRow Only(string table, string rows)
    {
        using var folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run("reproduce", table, "--rows", rows, "--out", folder.Path, "--device", "cpu", "--threads", "2");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        return CsvFile.Read<TableRow>(folder[$"{table}-smoke.csv"]).Single(row => row.BestAccuracy is not null);
    }
}
