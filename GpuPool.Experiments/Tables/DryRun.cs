using System.Globalization;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Tables;

/// <summary>Tells what <c>reproduce</c> would run and what that costs, and runs nothing.</summary>
/// <param name="session">Gets the lines.</param>
/// <param name="runner">The table.</param>
/// <param name="atOnce">Runs at a time.</param>
/// <param name="inProcesses">Whether each would be a process of its own.</param>
internal sealed class DryRun(Session session, TableRunner runner, int atOnce, bool inProcesses)
{
    /// <summary>A line for each run, then work and memory of those that are left, and with a device the time on it.</summary>
    public void Tell(IReadOnlyList<TableCell> cells, IReadOnlyList<ulong> seeds, Device? device)
    {
        foreach (TableCell cell in cells)
        {
            foreach (ulong seed in seeds)
                session.Output.WriteLine(Line(cell, seed));
        }
        session.Output.WriteLine($"{cells.Count * seeds.Count} runs; results in {runner.File.FilePath}");
        CellRun[] left = [.. runner.Left(cells, seeds)];
        if (left.Length == 0)
            return;
        var estimate = new CostEstimate(runner, left, atOnce, inProcesses);
        session.Output.WriteLine(estimate.Work());
        session.Output.WriteLine(device is null ? "time: --probe estimates it" : estimate.Time(device, session.Interrupt));
    }

    private string Line(TableCell cell, ulong seed)
    {
        TrainingConfig config = runner.Configure(cell, seed);
        Cost cost = config.Cost(runner.Task(config));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{cell.Name}: {config.Architecture}, width {config.Width}, {config.Size} pixels, {config.Epochs} epochs of "
            + $"{(config.TrainLimit is { } limit ? $"{limit}" : "all")} images, seed {seed}, {cost.MultiplyAdds / 1e6:F1} million multiply-adds an image"
            + $"{(runner.Finished(cell, seed) is null ? "" : " (finished)")}");
    }
}
