using System.Globalization;
using System.Text.RegularExpressions;
using GpuPool.Experiments;
using GpuPool.Experiments.Tables;
using GpuPool.Experiments.Tasks;
using GpuPool.Experiments.Training;
using GpuPool.Models;
using GpuPool.Models.Costs;

namespace GpuPool.Tests.Experiments;

/// <summary><c>reproduce --dry-run</c>: what a table would cost.</summary>
public sealed class CostEstimateTests
{
    private const string Cell = "MobileNetV2-0.35x/strided/s1=1";

    [Test]
    public void Steps_images_and_multiply_adds_are_those_of_the_configuration()
    {
        using var folder = new TemporaryFolder();
        var table = new Table2();
        var runner = new TableRunner(table, TablePreset.Quick, "synthetic", folder.Path);
        TableCell cell = table.Cells.Single(cell => cell.Name == Cell);
        TrainingConfig config = runner.Configure(cell, 0);
        Cost cost = Cost.Of(Architecture.Parse(config.Architecture), new NetworkOptions(10, 0.35), 128);
        RunCost run = RunCost.Of(runner, new CellRun(cell, 0));
        Assert.That((run.Steps, run.TrainImages, run.TestImages), Is.EqualTo((10 * 125L, 10 * 1000L, 10 * 1000L)));
        Assert.That(run.StepMultiplyAdds, Is.EqualTo(3.0 * 8 * cost.MultiplyAdds));
        Assert.That(run.MultiplyAdds, Is.EqualTo(40_000.0 * cost.MultiplyAdds));
        Assert.That(run.ActivationBytes, Is.EqualTo(8 * cost.ActivationBytes));
    }

    [Test]
    public void A_dry_run_ends_with_work_memory_and_how_to_get_the_time()
    {
        CommandLine run = CommandLine.Run("reproduce", "table2", "--preset", "quick", "--rows", Cell, "--seeds", "0,1", "--dry-run", "--out", "/nowhere");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output.TrimEnd('\n').Split('\n')[^3..], Is.EqualTo(new[]
        {
            "work: 2 runs left, 2,500 steps, 20,000 training and 20,000 test images, 1.52E+012 multiply-adds (three times forward in training)",
            $"memory: at least 28 MiB of activations in a step of {Cell}",
            "time: --probe estimates it",
        }));
    }

    [Test]
    public void Probes_give_a_time_and_leave_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run(
            "reproduce", "table2", "--preset", "quick", "--rows", Cell, "--dry-run", "--probe", "--out", folder["out"], "--device", "cpu", "--threads", "2");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Match time = Regex.Match(run.Output, @"\ntime: about 0:(\d\d:\d\d) on CPU, 2 threads, .* from 1 probes of at most 20 steps: ");
        Assert.That(time.Success, run.Output);
        Assert.That(TimeSpan.ParseExact(time.Groups[1].Value, @"mm\:ss", CultureInfo.InvariantCulture), Is.GreaterThan(TimeSpan.FromSeconds(1)));
        Assert.That(Directory.Exists(folder["out"]), Is.False);
    }

    [Test]
    public void With_jobs_the_probes_have_the_threads_of_one_and_the_time_is_that_of_all()
    {
        CommandLine run = CommandLine.Run(
            "reproduce", "table2", "--rows", Cell, "--seeds", "0,1,2", "--dry-run", "--probe", "--jobs", "2", "--out", "/nowhere", "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output, Does.Match($@"\ntime: about 0:\d\d:\d\d for 2 runs at a time, each on CPU, {Math.Max(1, Environment.ProcessorCount / 2)} threads?, "));
    }

    [TestCase("4 4 4 4", 1, 16)]
    [TestCase("4 4 4 4", 2, 8)]
    [TestCase("1 1 9 1", 2, 10)]
    [TestCase("9 1 1 1", 2, 9)]
    [TestCase("5", 3, 5)]
    public void Works_go_in_their_order_to_whoever_is_free_first(string works, int workers, double end) =>
        Assert.That(CostEstimate.Makespan(works.Split(' ').Select(double.Parse), workers), Is.EqualTo(end));

    [Test]
    public void A_clock_counts_steps_without_the_first_and_stops_after_twenty()
    {
        using var clock = new StepClock(batch: 8, TimeSpan.FromMinutes(1), CancellationToken.None);
        // The first step takes 10 s, the others 1 s; epochs have ten steps.
        for (int step = 0; step < 20; step++)
        {
            Assert.That(clock.Stop.IsCancellationRequested, Is.False);
            int done = step % 10 + 1;
            clock.Step(new TrainingProgress(1 + step / 10, 2, done, 10, new Measures(), 8 * done / (step < 10 ? 9.0 + done : done)));
        }
        Assert.That(clock.Stop.IsCancellationRequested);
        Assert.That(clock.StepSeconds, Is.EqualTo(1).Within(1e-9));
        Assert.That(clock.StartSeconds, Is.EqualTo(9).Within(1e-9));
        Assert.That(clock.TestSeconds, Is.Null, "no epoch was tested");
    }

    [Test]
    public void A_probe_without_a_dry_run_is_a_mistake() =>
        Assert.That(CommandLine.Run("reproduce", "table2", "--probe").Error.TrimEnd('\n'), Is.EqualTo("gpupool: --probe goes with --dry-run. Give both, or neither."));
}
