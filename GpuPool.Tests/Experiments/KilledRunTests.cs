using System.Diagnostics;
using System.Globalization;
using GpuPool.Experiments;

namespace GpuPool.Tests.Experiments;

/// <summary>The built program, killed in the middle of a training or a pruning.</summary>
[TestFixture("train")]
[TestFixture("prune", Category = "Nightly")]
public sealed class KilledRunTests(string command)
{
    private const string Kill = "KILL", Interrupt = "INT";

    private static readonly string[] Kept = ["--epochs", "4", "--threads", "2", "--device", "cpu", "--checkpoint-steps", "1", "--resume"];

    private TemporaryFolder _whole = null!;
    private string[] _line = null!;

    [OneTimeSetUp]
    public void RunWhole()
    {
        _whole = new TemporaryFolder();
        _line = ["train", "mobilenet_v2-skip-1222121", "--width", "0.35", "--size", "32", "--limit", "40", .. Kept];
        if (command == "prune")
        {
            Finish(_whole["start"]);
            _line = ["prune", _whole["start"], "--compact", .. Kept];
        }
        Finish(_whole["run"]);
    }

    [OneTimeTearDown]
    public void RemoveWhole() => _whole.Dispose();

    [Test]
    public void A_run_killed_while_it_writes_and_killed_again_while_it_computes_resumes_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Run(folder["run"], Kill, () => IsWriting(folder["run"])), Is.EqualTo(137));
        Assert.That(Run(folder["run"], Kill, () => File.Exists(Path.Combine(folder["run"], "log.csv"))), Is.EqualTo(137));
        AssertResumes(folder["run"]);
    }

    [Test]
    public void An_interrupt_from_the_keyboard_saves_the_run_and_exits_with_130()
    {
        using var folder = new TemporaryFolder();
        string checkpoints = Path.Combine(folder["run"], "checkpoints");
        Assert.That(Run(folder["run"], Interrupt, () => Directory.Exists(checkpoints)), Is.EqualTo((int)ExitCode.Interrupted));
        Assert.That(Directory.GetFiles(checkpoints, "*.json"), Is.Not.Empty);
        AssertResumes(folder["run"]);
    }

    [Test, Category("Nightly")]
    public void Thirty_kills_at_random_moments_half_of_them_in_writes_all_resume_to_the_same_bits()
    {
        var random = new Random(30);
        int killed = 0;
        for (int trial = 0; trial < 30; trial++)
        {
            using var folder = new TemporaryFolder();
            // A run makes 24 checkpoints, some 20 ms apart.
            int checkpoint = random.Next(1, 21);
            TimeSpan delay = TimeSpan.FromMilliseconds(random.Next(20));
            bool inWrite = trial % 2 == 0;
            Stopwatch? watch = null;
            bool IsTime()
            {
                if (watch is null && NewestCheckpoint(folder["run"]) >= checkpoint)
                    watch = Stopwatch.StartNew();
                return watch is not null && (inWrite ? IsWriting(folder["run"]) : watch.Elapsed > delay);
            }
            killed += Run(folder["run"], Kill, IsTime) == 137 ? 1 : 0;
            AssertResumes(folder["run"]);
        }
        TestContext.Out.WriteLine($"{killed} of 30 runs were killed before their end");
        Assert.That(killed, Is.GreaterThanOrEqualTo(20));
    }

    private void AssertResumes(string run)
    {
        Finish(run);
        RunCheck.Same(run, _whole["run"]);
    }

    private void Finish(string run)
    {
        CommandLine line = CommandLine.Run([.. _line, "--run", run]);
        Assert.That(line.Code, Is.EqualTo(ExitCode.Done), line.Error);
    }

    private static int NewestCheckpoint(string run)
    {
        string checkpoints = Path.Combine(run, "checkpoints");
        string[] files = Directory.Exists(checkpoints) ? Directory.GetFiles(checkpoints, "*.json") : [];
        return files.Select(file => int.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();
    }

    private static bool IsWriting(string run) =>
        new[] { run, Path.Combine(run, "checkpoints") }.Any(folder => Directory.Exists(folder) && Directory.GetFiles(folder, "*.tmp").Length > 0);

    // Exit code of the program after a signal at a moment, or of its own if that does not come.
    private int Run(string run, string signal, Func<bool> isTime)
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("Windows has no signals");
        string program = Path.Combine(AppContext.BaseDirectory, "gpupool.dll");
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using Process process = Process.Start(
            new ProcessStartInfo(host, [program, .. _line, "--run", run]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        while (!process.HasExited && !isTime())
            Thread.Sleep(0);
        if (!process.HasExited)
            Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        Assert.That(process.WaitForExit(TimeSpan.FromSeconds(60)), "the program ends");
        return process.ExitCode;
    }
}
