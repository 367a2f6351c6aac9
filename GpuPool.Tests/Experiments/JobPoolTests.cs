using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;
using GpuPool.Kernels;

namespace GpuPool.Tests.Experiments;

/// <summary><c>reproduce --jobs</c>: each run in a process of its own.</summary>
public sealed class JobPoolTests
{
    private const string First = "MobileNetV2-0.35x/strided/s1=1", Second = "MobileNetV2-0.35x/strided/s1=4", Both = "MobileNetV2-0.35x/strided/s1=?";

    private static readonly string[] Labels = ["mobilenet_v2-skip-1222121", "mobilenet_v2-skip-2222121", "mobilenet_v2-skip-4222121"];

    [Test]
    public void Runs_in_processes_have_the_results_of_runs_in_one()
    {
        using TemporaryFolder jobs = new(), one = new();
        CommandLine pool = Reproduce(jobs.Path, "--rows", Both, "--jobs", "2");
        CommandLine plain = Reproduce(one.Path, "--rows", Both, "--threads", "2");
        Assert.That(pool.Code, Is.EqualTo(ExitCode.Done), pool.Error);
        Assert.That(pool.Error.TrimEnd('\n').Split('\n'), Has.Length.EqualTo(3).And.All.Match(@"^\[\d/3\] MobileNetV2-0.35x/strided/s1=\d, seed 0: test accuracy "));
        foreach (string label in Labels)
            Assert.That(Result(jobs, label).IsSameMeasurement(Result(one, label)), label);
        Assert.That(Rows(jobs), Is.EqualTo(Rows(one)));
        Assert.That(pool.Output.Replace(jobs.Path, "", StringComparison.Ordinal), Is.EqualTo(plain.Output.Replace(one.Path, "", StringComparison.Ordinal)));
        Assert.That(Reproduce(jobs.Path, "--rows", Both, "--jobs", "2").Error, Is.Empty, "nothing is left to do");
    }

    [Test]
    public void A_cell_alone_leaves_its_result_and_no_table()
    {
        using var folder = new TemporaryFolder();
        CommandLine run = Reproduce(folder.Path, "--cell", Second);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(Result(folder, Labels[2]).Config.Architecture, Is.EqualTo(Labels[2]));
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }

    [Test]
    public void A_run_that_fails_is_told_in_a_line_and_the_others_go_on([Values("--jobs 2", "--threads 2", "--threads 1")] string how)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["runs/table2-smoke"]);
        File.WriteAllText(Folder(folder, Labels[0]), "a file where a folder is to be");
        CommandLine run = Reproduce(folder.Path, ["--rows", Both, .. how.Split(' ')]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.NotWritable), run.Error);
        Assert.That(run.Error, Does.Match($@"gpupool: \[\d/3\] {First}, seed 0: the folder .* cannot be made"));
        Assert.That(run.Line, Does.EndWith($"'--cell {First} --seeds 0' runs it alone."));
        Assert.That(Rows(folder).Count(row => row.BestAccuracy is not null), Is.EqualTo(2));
    }

    [Test]
    public void Whatever_a_run_throws_is_its_own_failure_but_an_interrupt()
    {
        var run = new CellRun(new Table2().Cells[0], 3);
        GpuPoolException failure = run.Attempt(() => throw new InvalidOperationException("no reason"))!;
        Assert.That(failure.Code, Is.EqualTo(ExitCode.Internal));
        Assert.That(failure.Message, Does.Contain("no reason").And.EndWith($"'--cell {run.Cell.Name} --seeds 3' runs it alone."));
        Assert.That(run.Attempt(() => throw new ShapeException("too large.") { Fault = ShapeFault.TooLarge })!.Code, Is.EqualTo(ExitCode.OutOfMemory));
        Assert.That(() => run.Attempt(() => throw new OperationCanceledException()), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(run.Attempt(() => { }), Is.Null);
    }

    [TestCase("INT", (int)ExitCode.Interrupted)]
    [TestCase("KILL", 137)]
    public void At_a_signal_to_the_program_its_processes_end_with_their_states_saved(string signal, int code)
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("Windows has no signals");
        using var folder = new TemporaryFolder();
        string[] quick = ["reproduce", "table2", "--preset", "quick", "--rows", "MobileNetV2-0.35x/strided/s1=?", "--jobs", "3", "--out", folder.Path, "--device", "cpu"];
        using Process process = Process.Start(
            new ProcessStartInfo(OwnProgram.Command[0], [.. OwnProgram.Command.Skip(1), .. quick]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Assert.That(() => Runs(folder, "config.json"), Is.EqualTo(3).After(30_000, 20));
        Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        Assert.That(process.WaitForExit(TimeSpan.FromSeconds(60)), "the program ends");
        Assert.That(process.ExitCode, Is.EqualTo(code));
        Assert.That(() => Runs(folder, "checkpoints/*.json"), Is.EqualTo(3).After(30_000, 20));
    }

    [TestCase("--jobs 0", "--jobs '0' is not a whole number of at least 1.")]
    [TestCase("--jobs 2 --cell X", "--cell and --jobs do not go together.")]
    [TestCase("--rows * --cell X", "--cell and --rows do not go together.")]
    public void Options_that_cannot_be_are_told_in_a_line(string options, string part)
    {
        CommandLine run = CommandLine.Run(["reproduce", "table2", .. options.Split(' ')]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Usage), run.Error);
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("gpupool: " + part).And.Not.Contain("\n"));
    }

    [Test]
    public void An_unknown_cell_is_told_in_a_line() =>
        Assert.That(CommandLine.Run("reproduce", "table2", "--cell", "ResNet18/*").Line, Does.StartWith("gpupool: no cell of table2 is named 'ResNet18/*'. "));

    private static CommandLine Reproduce(string folder, params string[] more) =>
        CommandLine.Run(["reproduce", "table2", "--preset", "smoke", "--out", folder, "--device", "cpu", .. more]);

    private static string Folder(TemporaryFolder folder, string label) => folder[$"runs/table2-smoke/{label}-0.35x-seed0"];

    private static int Runs(TemporaryFolder folder, string file)
    {
        string runs = folder["runs/table2-quick"];
        return Directory.Exists(runs) ? Directory.GetDirectories(runs).Count(run => Exists(Path.Combine(run, file))) : 0;
    }

    private static bool Exists(string pattern) =>
        Path.GetDirectoryName(pattern) is { } folder && Directory.Exists(folder) && Directory.GetFiles(folder, Path.GetFileName(pattern)).Length > 0;

    // What does not depend on the time nor on the number of threads.
    private static CellResult Result(TemporaryFolder folder, string label) =>
        JsonSerializer.Deserialize<CellResult>(File.ReadAllText(Path.Combine(Folder(folder, label), "result.json")), Json.Indented)! with { Seconds = 0, Device = "" };

    private static IEnumerable<TableRow> Rows(TemporaryFolder folder) =>
        CsvFile.Read<TableRow>(folder["table2-smoke.csv"]).Select(row => row with { Seconds = null, Device = null });
}
