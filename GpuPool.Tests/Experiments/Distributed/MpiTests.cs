using System.Diagnostics;
using System.Globalization;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;

namespace GpuPool.Tests.Experiments.Distributed;

/// <summary>The built program on two ranks of MPICH and of Open MPI; skipped where these are not installed (Debian: <c>mpich</c>, <c>openmpi-bin</c>).</summary>
[TestFixture("mpirun.mpich")]
[TestFixture("mpirun.openmpi")]
public sealed class MpiTests(string launcher)
{
    private static readonly string[] Line =
        ["train", "mobilenet_v2-skip-1222121", "--width", "0.35", "--size", "32", "--limit", "32", "--batch", "4", "--threads", "1", "--device", "cpu", "--checkpoint-steps", "1", "--resume"];

    private static readonly string[] Trained = ["--epochs", "8", "--sync-batchnorm"];

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

    // Two buckets; weights that are used many times a step; several batches a step.
    [TestCase(2, "mobilenet_v2-skip-1222121", "--sync-batchnorm")]
    [TestCase(3, "mobilenet_v2-rnnpool-1222121", "--accumulate", "2", Category = "Nightly")]
    public void Ranks_that_are_processes_come_to_the_weights_of_ranks_that_are_threads(int count, string label, params string[] more)
    {
        string processes = _folder[$"{count} processes"], threads = _folder[$"{count} threads"];
        CommandLine job = Wait(Start(
            [.. Ranks(count), .. Own, "train", label, "--width", "0.5", "--size", "32", "--limit", "20", "--batch", "2", "--lr", "1e-3", "--epochs", "1", "--threads", "1", "--device", "cpu", "--run", processes, .. more]));
        Assert.That(job.Code, Is.EqualTo(ExitCode.Done), job.Error);
        TrainingConfig config = RunFolder.Read(processes).Config;
        Splits pictures = config.Open();
        ThreadRanks.Run(count, ranks =>
        {
            using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
            ITask task = config.Task(pictures, ranks);
            using RunFolder? folder = ranks.IsFirst ? RunFolder.Open(threads, config, task.ClassNames, resume: false) : null;
            return new Trainer(device, config, task, folder, new PlainMonitor(TextWriter.Null, ""), ranks: ranks).Run(CancellationToken.None);
        });
        RunCheck.Same(processes, threads);
    }

    [Test, Category("Nightly")]
    public void Two_ranks_give_the_same_bits_three_times_and_a_killed_one_ends_the_job_which_goes_on_to_them()
    {
        foreach (string name in new[] { "first", "second", "third" })
            Assert.That(Finish([.. Trained, "--run", _folder[name]]).Code, Is.EqualTo(ExitCode.Done));
        RunCheck.Same(_folder["second"], _folder["first"]);
        RunCheck.Same(_folder["third"], _folder["first"]);
        for (int rank = 0; rank < 2; rank++)
        {
            string run = _folder[$"killed {rank}"];
            Assert.That(IsKilled(run, rank, () => Directory.Exists(Path.Combine(run, "checkpoints"))));
            AssertGoesOnTo(_folder["first"], run);
        }
    }

    [Test, Category("Nightly")]
    public void Twenty_kills_of_a_random_rank_at_random_moments_leave_what_goes_on_to_the_same_weights()
    {
        const int Kills = 20;
        var watch = Stopwatch.StartNew();
        Assert.That(Finish([.. Trained, "--run", _folder["whole"]]).Code, Is.EqualTo(ExitCode.Done));
        TimeSpan whole = watch.Elapsed;
        var random = new Random(7);
        for (int kill = 0; kill < Kills;)
        {
            string run = _folder[$"kill {kill}"];
            TimeSpan moment = whole * random.NextDouble();
            var since = Stopwatch.StartNew();
            // A job that has ended before its moment was not killed, and does not count.
            if (!IsKilled(run, random.Next(2), () => since.Elapsed > moment))
            {
                Directory.Delete(run, recursive: true);
                continue;
            }
            AssertGoesOnTo(_folder["whole"], run);
            TestContext.Progress.WriteLine(FormattableString.Invariant($"{launcher}: kill {kill + 1} after {moment.TotalSeconds:F2} of {whole.TotalSeconds:F2} s"));
            kill++;
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

    [TestCase("gpupool: --lr 'x' is not a number of at least 0. Give one, for example --lr 0.01.", "--lr", "x")]
    [TestCase("gpupool: --ema is a share, less than 1. Give one, for example --ema 0.999.", "--ema", "2")]
    public void A_mistake_in_the_command_line_is_one_line_of_all_ranks(string line, params string[] more)
    {
        CommandLine job = Finish([.. more, "--run", _folder["refused"]]);
        Assert.That(job.Code, Is.EqualTo(ExitCode.Usage), job.Error);
        Assert.That(Said(job), Is.EqualTo(new[] { line }), job.Error);
    }

    [Test]
    public void An_interrupt_of_all_ranks_is_heard_in_one_line_and_ends_them_in_another()
    {
        string run = _folder["interrupted"];
        Process job = Start([.. Ranks(2), .. Own, .. Line, "--epochs", "1000", "--run", run]);
        while (!job.HasExited && !Directory.Exists(Path.Combine(run, "checkpoints")))
            Thread.Sleep(10);
        foreach (int rank in Children(job.Id).Where(process => CommandLineOf(process).Contains(run, StringComparison.Ordinal)).Order())
            Process.Start("kill", ["-TERM", rank.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        CommandLine ended = Wait(job);
        Assert.That(ended.Code, Is.EqualTo(ExitCode.Interrupted), ended.Error);
        string[] said = [.. Said(ended).SkipWhile(line => !line.Contains("finishing", StringComparison.Ordinal))];
        Assert.That(said, Has.Length.EqualTo(2), ended.Error);
        Assert.That(said[0], Is.EqualTo("gpupool: finishing the current step; interrupt again to stop at once"));
        Assert.That(said[1], Does.StartWith("gpupool: interrupted."));
    }

    [Test, Category("Nightly")]
    public void A_picture_that_one_rank_cannot_read_ends_all_with_one_line()
    {
        string data = _folder["pictures"];
        CommandLine.Run("data", "synth", data, "--kind", "folder", "--count", "100");
        string broken = Directory.GetFiles(Path.Combine(data, "train"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ElementAt(30);
        File.WriteAllBytes(broken, File.ReadAllBytes(broken)[..300]);
        CommandLine job = Finish("--epochs", "2", "--data", $"folder:{data}", "--run", _folder["broken"]);
        Assert.That(job.Code, Is.EqualTo(ExitCode.DataCorrupt), job.Error);
        Assert.That(Said(job).Count(line => line.Contains(broken, StringComparison.Ordinal)), Is.EqualTo(1), job.Error);
    }

    // Kills a rank as soon as both are there and it is time, and sees the job end; false where it ended before.
    private bool IsKilled(string run, int rank, Func<bool> isTime)
    {
        using Process job = Start([.. Ranks(2), .. Own, .. Line, .. Trained, "--run", run]);
        // Nobody waits for a full pipe.
        _ = (job.StandardOutput.ReadToEndAsync(), job.StandardError.ReadToEndAsync());
        int[] ranks = [];
        while (!job.HasExited && (ranks.Length < 2 || !isTime()))
        {
            Thread.Sleep(1);
            ranks = [.. Children(job.Id).Where(process => CommandLineOf(process).Contains(run, StringComparison.Ordinal)).Order()];
        }
        if (job.HasExited)
            return false;
        Process.Start("kill", ["-KILL", ranks[rank].ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        var watch = Stopwatch.StartNew();
        Assert.That(job.WaitForExit(End), "the job ends");
        TestContext.Progress.WriteLine(FormattableString.Invariant($"{launcher}: exit code {job.ExitCode} {watch.Elapsed.TotalSeconds:F2} s after the kill of rank {rank}"));
        // A rank that had nothing left to do may be killed without harm.
        return job.ExitCode != 0;
    }

    private void AssertGoesOnTo(string whole, string run)
    {
        CommandLine job = Finish([.. Trained, "--run", run]);
        Assert.That(job.Code, Is.EqualTo(ExitCode.Done), job.Error);
        RunCheck.Same(run, whole);
    }

    private static string[] Own => [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "gpupool.dll")];

    // What Open MPI's launcher adds, it says in frames.
    private static string[] Said(CommandLine job) => [.. job.Error.Split('\n').Where(line => line.StartsWith("gpupool: ", StringComparison.Ordinal))];

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
