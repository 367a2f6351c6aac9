using GpuPool.Experiments;

namespace GpuPool.Tests.Experiments;

/// <summary><c>reproduce --collect</c>.</summary>
public sealed class ResultCollectionTests
{
    private const string First = "MobileNetV2-0.35x/strided/s1=1", Second = "MobileNetV2-0.35x/strided/s1=4", Run = "runs/table2-smoke/mobilenet_v2-skip-1222121-0.35x-seed0";

    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TemporaryFolder();
        foreach ((string name, string cell) in new[] { ("first", First), ("second", Second) })
        {
            CommandLine run = CommandLine.Run("reproduce", "table2", "--cell", cell, "--out", _folder[name], "--device", "cpu", "--threads", "2");
            Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        }
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void Runs_of_several_folders_are_merged_once()
    {
        using var merged = new TemporaryFolder();
        CommandLine run = Collect(merged, "first", "second", "first");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Error.TrimEnd('\n').Split('\n').Select(line => line.Split(": ")[1]),
            Is.EqualTo(new[] { "1 results, 1 of them new", "1 results, 1 of them new", "1 results, 0 of them new" }));
        Assert.That(File.ReadLines(merged["table2-smoke.csv"]).Count(line => line.Contains("smoke,synthetic", StringComparison.Ordinal)), Is.EqualTo(2));
        string written = File.ReadAllText(merged["table2-smoke.csv"]);
        Assert.That(Collect(merged, "first", "second").Code, Is.EqualTo(ExitCode.Done));
        Assert.That(File.ReadAllText(merged["table2-smoke.csv"]), Is.EqualTo(written));
    }

    [Test]
    public void Of_two_results_of_a_run_the_first_is_kept_and_both_are_named()
    {
        using TemporaryFolder merged = new(), other = new();
        Copy(other, text => text.Replace("\"best_epoch\": ", "\"best_epoch\": 1", StringComparison.Ordinal));
        CommandLine run = Collect(merged, "first", other.Path);
        Assert.That(run.Code, Is.EqualTo(ExitCode.CheckFailed));
        Assert.That(run.Line, Does.Contain($"{First}, seed 0 has one result in {merged[Run]} and another in {other[Run]}"));
        Assert.That(File.ReadAllText(merged[$"{Run}/result.json"]), Is.EqualTo(File.ReadAllText(_folder[$"first/{Run}/result.json"])));
    }

    [TestCase("\"batch\": 16", "\"batch\": 8", ExitCode.Configuration, "a result of another configuration (batch 8 there, 16 here)")]
    [TestCase("\"data\": \"synthetic\"", "\"data\": \"stl10:x\"", ExitCode.Configuration, "(data stl10:x there, synthetic here)")]
    [TestCase("{", "", ExitCode.DataCorrupt, "result.json is not the result of a run")]
    public void A_result_that_does_not_fit_is_refused_and_nothing_is_merged(string there, string altered, ExitCode code, string part)
    {
        using TemporaryFolder merged = new(), other = new();
        Copy(other, text => text.Replace(there, altered, StringComparison.Ordinal));
        CommandLine run = Collect(merged, "first", other.Path);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("gpupool: ").And.Contain(part).And.Not.Contain("\n"));
        Assert.That(Directory.GetFileSystemEntries(merged.Path), Is.Empty);
    }

    [TestCase("--collect /nowhere", ExitCode.DataMissing, "the folder /nowhere is not there.")]
    [TestCase("--collect /nowhere --plan lines", ExitCode.Usage, "--plan and --collect do not go together.")]
    [TestCase("--collect FOLDER --preset quick", ExitCode.Configuration, "has no runs of this table and preset")]
    [TestCase("--array-size 5", ExitCode.Usage, "--array-size goes with --plan slurm.")]
    [TestCase("--plan pbs", ExitCode.Usage, "unknown value 'pbs' of --plan. Known values: lines, slurm.")]
    public void A_mistake_is_one_line_with_cause_and_remedy(string options, ExitCode code, string part)
    {
        using var merged = new TemporaryFolder();
        CommandLine run = CommandLine.Run(["reproduce", "table2", "--out", merged.Path, .. options.Split(' ').Select(word => word == "FOLDER" ? _folder["first"] : word)]);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("gpupool: ").And.Contain(part).And.Not.Contain("\n"));
    }

    [Test]
    public void A_table_without_a_measured_cell_is_shown_and_not_said_to_be_written()
    {
        using var merged = new TemporaryFolder();
        CommandLine run = CommandLine.Run("reproduce", "table2", "--out", merged.Path, "--collect");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Contain($"no cell is measured yet, so {merged["table2-smoke.csv"]} is not written"));
    }

    private CommandLine Collect(TemporaryFolder merged, params string[] folders) =>
        CommandLine.Run(["reproduce", "table2", "--out", merged.Path, "--collect", .. folders.Select(folder => Path.IsPathRooted(folder) ? folder : _folder[folder])]);

    private void Copy(TemporaryFolder other, Func<string, string> change)
    {
        Directory.CreateDirectory(other[Run]);
        File.WriteAllText(other[$"{Run}/result.json"], change(File.ReadAllText(_folder[$"first/{Run}/result.json"])));
    }
}
