using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Tables;

/// <summary>Does runs of a table, several at a time.</summary>
/// <param name="session">Gets a line for each run that ends.</param>
/// <param name="jobs">Runs at a time.</param>
/// <param name="worker">Does one.</param>
internal sealed class JobPool(Session session, int jobs, ICellWorker worker)
{
    /// <summary>Does what is left of a table, in the order of its cells; the CSV is rewritten after each run. A run that fails is told in a line, and the others go on.</summary>
    /// <returns>The failures.</returns>
    /// <exception cref="OperationCanceledException">It was interrupted, and no run goes on.</exception>
    public IReadOnlyList<GpuPoolException> Run(TableRunner runner, IReadOnlyList<TableCell> cells, IReadOnlyList<ulong> seeds)
    {
        OutputFolder.Create(runner.Output);
        runner.Enter(cells, seeds);
        CellRun[] left = [.. runner.Left(cells, seeds)];
        // What every run would complain of is told once.
        if (left.Length > 0)
            runner.Task(runner.Configure(left[0].Cell, left[0].Seed));
        List<GpuPoolException> failures = [];
        var turn = new Lock();
        int ended = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = session.Interrupt };
        Parallel.ForEachAsync(left, options, async (run, interrupt) =>
        {
            GpuPoolException? failure = await worker.Work(run, interrupt).ConfigureAwait(false);
            lock (turn)
            {
                string title = $"[{++ended}/{left.Length}] {run}";
                if (runner.Finished(run.Cell, run.Seed) is { } result)
                {
                    runner.Enter([run.Cell], seeds);
                    session.Error.WriteLine($"{title}: {result.Summary}");
                }
                else if (!interrupt.IsCancellationRequested)
                {
                    failures.Add(failure!);
                    session.Error.WriteLine($"gpupool: {title}: {failures[^1].Cause}");
                }
            }
        }).GetAwaiter().GetResult();
        return failures;
    }
}
