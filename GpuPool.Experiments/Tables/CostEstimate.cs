using System.Diagnostics;
using System.Globalization;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Tables;

/// <summary>What the runs that are left of a table will cost: work and memory by analysis, time by probes.</summary>
/// <remarks>
/// The time of a run is its multiply-adds at the speed that a probe of it showed, or where there are many cells, a probe of the costliest cell with its network
/// and method. A test takes the time that the probe showed, or where it did not come to a test, a third of a training image's for each image. What the first steps
/// take longer is added once for each probe, as its code is compiled once; or for each run where each is in a process of its own.
/// The start of a process itself, about a second, is not counted.
/// </remarks>
internal sealed class CostEstimate
{
    // A dry run with probes is to take less than a minute, and a step cannot be cut short.
    private const int MostCellsEach = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40), PatienceWithOne = TimeSpan.FromSeconds(5);

    private readonly TableRunner _runner;
    private readonly RunCost[] _runs;
    private readonly int _atOnce;
    private readonly bool _inProcesses;

    /// <summary>The costs of runs; at least one.</summary>
    /// <param name="runner">The table.</param>
    /// <param name="runs">What is left of it, in the order in which it is done.</param>
    /// <param name="atOnce">Runs at a time.</param>
    /// <param name="inProcesses">Whether each is a process of its own.</param>
    public CostEstimate(TableRunner runner, IEnumerable<CellRun> runs, int atOnce = 1, bool inProcesses = false) =>
        (_runner, _runs, _atOnce, _inProcesses) = (runner, [.. runs.Select(run => RunCost.Of(runner, run))], atOnce, inProcesses);

    /// <summary>Two lines on work and memory.</summary>
    public string Work()
    {
        RunCost largest = _runs.MaxBy(run => run.ActivationBytes)!;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"work: {_runs.Length} runs left, {_runs.Sum(run => run.Steps):N0} steps, {_runs.Sum(run => run.TrainImages):N0} training and "
            + $"{_runs.Sum(run => run.TestImages):N0} test images, {_runs.Sum(run => run.MultiplyAdds):E2} multiply-adds (three times forward in training)\n"
            + $"memory: at least {Math.Max(1, largest.ActivationBytes >> 20)} MiB of activations in a step of {largest.Run.Cell.Name}");
    }

    /// <summary>A line on the time, after less than about a minute of probes.</summary>
    /// <param name="device">With the threads that each process has.</param>
    /// <param name="interrupt">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public string Time(Device device, CancellationToken interrupt)
    {
        RunCost[] cells = [.. _runs.DistinctBy(run => run.Run.Cell)];
        RunCost[] probed = cells.Length <= MostCellsEach ? cells : [.. cells.GroupBy(Kind).Select(kind => kind.MaxBy(run => run.MultiplyAdds)!)];
        TimeSpan each = Patience / probed.Length < PatienceWithOne ? Patience / probed.Length : PatienceWithOne;
        var watch = Stopwatch.StartNew();
        // Most work first: where the time is over, the rest matters least.
        Dictionary<RunCost, Speed> speeds = probed.OrderByDescending(run => run.MultiplyAdds).TakeWhile(_ => watch.Elapsed < Patience)
            .ToDictionary(run => run, run => Probe(device, run, each, interrupt));
        Speed middle = speeds.Values.OrderBy(speed => speed.Train).ElementAt(speeds.Count / 2);
        double start = _inProcesses ? speeds.Values.Max(speed => speed.StartSeconds) : 0, once = _inProcesses ? 0 : speeds.Values.Sum(speed => speed.StartSeconds);
        var time = TimeSpan.FromSeconds(Math.Ceiling(once + Makespan(_runs.Select(run => start + SpeedOf(run).Seconds(run)), _atOnce)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"time: about {(long)time.TotalHours}:{time:mm\\:ss}{(_atOnce == 1 ? "" : $" for {_atOnce} runs at a time, each")} on {device.Name}, "
            + $"within some 30 % on a quiet machine; from {speeds.Count} probes of at most 20 steps: "
            + $"{1e9 * speeds.Values.Min(speed => speed.Train):G2} to {1e9 * speeds.Values.Max(speed => speed.Train):G2} ns a multiply-add");

        Speed SpeedOf(RunCost run) => speeds.FirstOrDefault(probe => probe.Key.Run.Cell == run.Run.Cell).Value
            ?? speeds.FirstOrDefault(probe => Kind(probe.Key) == Kind(run)).Value
            ?? middle;
    }

    /// <summary>When the last of some works ends that are given in their order to whoever is free first, from the time that each takes.</summary>
    public static double Makespan(IEnumerable<double> works, int workers)
    {
        double[] ends = new double[workers];
        foreach (double work in works)
            ends[ends.IndexOf(ends.Min())] += work;
        return ends.Max();
    }

    private static (string, string) Kind(RunCost run) => (run.Run.Cell.Network, run.Run.Cell.Method);

    private Speed Probe(Device device, RunCost cost, TimeSpan patience, CancellationToken interrupt)
    {
        TrainingConfig config = _runner.Configure(cost.Run.Cell, cost.Run.Seed);
        using var clock = new StepClock(config.Batch, patience, interrupt);
        device.Trim();
        try
        {
            new Trainer(device, config, _runner.Task(config), folder: null, clock).Run(clock.Stop);
        }
        catch (OperationCanceledException) when (!interrupt.IsCancellationRequested)
        {
            // As the clock has it: it has seen enough.
        }
        double train = clock.StepSeconds / cost.StepMultiplyAdds;
        return new Speed(train, clock.TestSeconds * config.Tests / cost.TestMultiplyAdds ?? train, clock.StartSeconds);
    }

    // Seconds a multiply-add in training and in tests.
    private sealed record Speed(double Train, double Test, double StartSeconds)
    {
        public double Seconds(RunCost run) => run.Steps * run.StepMultiplyAdds * Train + run.TestMultiplyAdds * Test;
    }
}
