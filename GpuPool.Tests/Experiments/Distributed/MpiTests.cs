using System.Diagnostics;
using System.Globalization;
using GpuPool.Experiments;

namespace GpuPool.Tests.Experiments.Distributed;

/// <summary>The built program on two ranks of MPICH and of Open MPI; skipped where these are not installed (Debian: <c>mpich</c>, <c>openmpi-bin</c>).</summary>
[TestFixture("mpirun.mpich")]
[TestFixture("mpirun.openmpi")]
public sealed class MpiTests(string launcher)
{
    private static readonly string[] Line =
        ["train", "mobilenet_v2-skip-1222121", "--width", "0.35", "--size", "32", "--limit", "32", "--batch", "4", "--threads", "1", "--device", "cpu", "--checkpoint-steps", "1", "--resume"];

    private static readonly TimeSpan End = TimeSpan.FromSeconds(30);

    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void Look()
    {
        if (!File.Exists(Path.Combine("/usr/bin", launcher)))
            Assert.Ignore($"/usr/bin/{launcher} is not there.");
        _folder = new TemporaryFolder();
    }

    [OneTimeTearDown]
    public void Remove() => _folder?.Dispose();

    [Test, Category("Nightly")]
    public void Two_ranks_give_the_same_bits_three_times_and_a_killed_one_ends_the_job_which_goes_on_to_them()
    {
        foreach (string name in new[] { "first", "second", "third" })
            Assert.That(Finish("--epochs", "8", "--sync-batchnorm", "--run", _folder[name]).Code, Is.EqualTo(ExitCode.Done));
        RunCheck.Same(_folder["second"], _folder["first"]);
        RunCheck.Same(_folder["third"], _folder["first"]);
        for (int rank = 0; rank < 2; rank++)
        {
            string run = _folder[$"killed {rank}"];
            string[] line = [.. Own, .. Line, "--epochs", "8", "--sync-batchnorm", "--run", run];
            using Process job = Start([.. Ranks(2), .. line]);
            while (!job.HasExited && !Directory.Exists(Path.Combine(run, "checkpoints")))
                Thread.Sleep(1);
            int victim = Children(job.Id).Where(process => CommandLineOf(process).Contains(run, StringComparison.Ordinal)).Order().ElementAt(rank);
            Process.Start("kill", ["-KILL", victim.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
            Assert.That(job.WaitForExit(End), "the job ends");
            Assert.That(job.ExitCode, Is.Not.Zero);
            Assert.That(Finish("--epochs", "8", "--sync-batchnorm", "--run", run).Code, Is.EqualTo(ExitCode.Done));
            RunCheck.Same(run, _folder["first"]);
        }
    }

    [Test]
    public void Ranks_with_other_options_are_refused_before_anything_is_written()
    {
        string[] line = [.. Own, .. Line, "--epochs", "1", "--run", _folder["refused"]];
        CommandLine job = Wait(Start([.. Ranks(1), .. line, ":", "-np", "1", .. line, "--lr", "0.5"]));
        Assert.That(job.Code, Is.EqualTo(ExitCode.Configuration), job.Error);
        Assert.That(job.Error.Split('\n'), Has.One.EqualTo("gpupool: rank 1 has another configuration than rank 0. Start all ranks with the same program, options and files."));
        Assert.That(Directory.Exists(_folder["refused"]), Is.False);
    }

    private static string[] Own => [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "gpupool.dll")];

    private string[] Ranks(int count) =>
        [.. launcher == "mpirun.openmpi" ? ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"] : Array.Empty<string>(), "-np", count.ToString(CultureInfo.InvariantCulture)];

    private CommandLine Finish(params string[] more) => Wait(Start([.. Ranks(2), .. Own, .. Line, .. more]));

    private Process Start(string[] arguments) =>
        Process.Start(new ProcessStartInfo(Path.Combine("/usr/bin", launcher), arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;

    private static CommandLine Wait(Process job)
    {
        using (job)
        {
            Task<string> output = job.StandardOutput.ReadToEndAsync(), error = job.StandardError.ReadToEndAsync();
            Assert.That(job.WaitForExit(TimeSpan.FromMinutes(2)), "the job ends");
            return new CommandLine((ExitCode)job.ExitCode, output.Result, error.Result);
        }
    }

    // Processes that a process has started, and those that they have.
    private static IEnumerable<int> Children(int process)
    {
        string file = $"/proc/{process}/task/{process}/children";
        int[] children = File.Exists(file) ? [.. File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))] : [];
        return children.Concat(children.SelectMany(Children));
    }

    private static string CommandLineOf(int process) => File.Exists($"/proc/{process}/cmdline") ? File.ReadAllText($"/proc/{process}/cmdline") : "";
}
