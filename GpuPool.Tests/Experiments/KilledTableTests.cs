using System.Diagnostics;
using GpuPool.Experiments;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;

namespace GpuPool.Tests.Experiments;

/// <summary><c>reproduce</c>, killed at any moment and given again.</summary>
public sealed class KilledTableTests
{
    private static readonly string[] Table = ["reproduce", "table2", "--rows", "MobileNetV2-0.35x/strided/*", "--device", "cpu", "--threads", "1"];

    private TemporaryFolder _whole = null!;

    [OneTimeSetUp]
    public void RunWhole()
    {
        _whole = new TemporaryFolder();
        CommandLine run = CommandLine.Run([.. Table, "--out", _whole.Path]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
    }

    [OneTimeTearDown]
    public void RemoveWhole() => _whole.Dispose();

    [Test]
    public void A_table_killed_after_its_first_result_goes_on_to_the_same_rows([Values(1, 2)] int jobs)
    {
        using var folder = new TemporaryFolder();
        Assert.That(Kill(folder.Path, jobs, _ => Results(folder.Path) > 0), "it was killed before its end");
        AssertGoesOn(folder.Path, jobs);
    }

    [Test, Category("Nightly")]
    public void Twenty_kills_at_random_moments_all_go_on_to_the_same_rows([Values(1, 2)] int jobs)
    {
        var random = new Random(jobs);
        int killed = 0;
        for (int trial = 0; trial < 20; trial++)
        {
            using var folder = new TemporaryFolder();
            double moment = 6 * random.NextDouble();
            killed += Kill(folder.Path, jobs, seconds => seconds > moment) ? 1 : 0;
            AssertGoesOn(folder.Path, jobs);
        }
        TestContext.Out.WriteLine($"{killed} of 20 tables were killed before their end");
        Assert.That(killed, Is.GreaterThanOrEqualTo(5));
    }

    private void AssertGoesOn(string output, int jobs)
    {
        CommandLine again = CommandLine.Run([.. Table, "--out", output, "--jobs", $"{jobs}"]);
        Assert.That(again.Code, Is.EqualTo(ExitCode.Done), again.Error);
        Assert.That(Rows(output), Is.EqualTo(Rows(_whole.Path)));
        Assert.That(Directory.GetFiles(output, "*.tmp", SearchOption.AllDirectories), Is.Empty);
    }

    private static IEnumerable<TableRow> Rows(string output) =>
        CsvFile.Read<TableRow>(Path.Combine(output, "table2-smoke.csv")).Select(row => row with { Seconds = null });

    private static int Results(string output) => Directory.GetFiles(output, "result.json", SearchOption.AllDirectories).Length;

    // Whether the program could be killed before it ended.
    private static bool Kill(string output, int jobs, Func<double, bool> isTime)
    {
        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(new ProcessStartInfo(
            OwnProgram.Command[0], [.. OwnProgram.Command.Skip(1), .. Table, "--out", output, "--jobs", $"{jobs}"])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        while (!process.HasExited && !isTime(watch.Elapsed.TotalSeconds))
            Thread.Sleep(1);
        bool runs = !process.HasExited;
        process.Kill();
        process.WaitForExit();
        return runs;
    }
}
