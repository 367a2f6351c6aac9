using System.Diagnostics;
using GpuPool.Experiments.Report;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Does runs of a table in processes of their own, several at a time. A process ends, with its state saved, when its standard input does: at an interrupt, and
/// however this process ends.
/// </summary>
/// <param name="session">Gets a line for each run that ends.</param>
/// <param name="jobs">Processes at a time.</param>
/// <param name="command">What each is started with.</param>
internal sealed class JobPool(Session session, int jobs, CellCommand command)
{
    /// <summary>The option that binds a process to its standard input.</summary>
    public const string Leash = "--until-input-ends";

    // What a shell and .NET say of a process that was ended by SIGKILL, mostly by a system that runs out of memory.
    private const int Killed = 137;

    /// <summary>Does what is left of a table, in the order of its cells; the CSV is rewritten after each run. A run that fails is told in a line, and the others go on.</summary>
    /// <returns>The failures.</returns>
    /// <exception cref="OperationCanceledException">It was interrupted, and all processes have ended.</exception>
    public IReadOnlyList<GpuPoolException> Run(TableRunner runner, IReadOnlyList<TableCell> cells, IReadOnlyList<ulong> seeds)
    {
        OutputFolder.Create(command.Output);
        foreach (TableCell cell in cells)
            runner.Enter(cell, seeds);
        CellRun[] left = [.. runner.Left(cells, seeds)];
        // What every process would complain of is told once.
        if (left.Length > 0)
            runner.Images(runner.Configure(left[0].Cell, left[0].Seed));
        List<GpuPoolException> failures = [];
        var turn = new Lock();
        int ended = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = session.Interrupt };
        Parallel.ForEachAsync(left, options, async (run, interrupt) =>
        {
            (int code, string lastLine) = await Work(run, interrupt).ConfigureAwait(false);
            lock (turn)
            {
                string title = $"[{++ended}/{left.Length}] {run}";
                if (runner.Finished(run.Cell, run.Seed) is { } result)
                {
                    runner.Enter(run.Cell, seeds);
                    session.Error.WriteLine($"{title}: {result.Summary}");
                }
                else if (!interrupt.IsCancellationRequested)
                {
                    failures.Add(Failure(run, code, lastLine));
                    session.Error.WriteLine($"gpupool: {title}: {failures[^1].Cause}");
                }
            }
        }).GetAwaiter().GetResult();
        return failures;
    }

    private async Task<(int Code, string LastLine)> Work(CellRun run, CancellationToken interrupt)
    {
        string[] arguments = [.. OwnProgram.Command.Skip(1), .. command.Arguments(run), Leash];
        using Process process = Process.Start(
            new ProcessStartInfo(OwnProgram.Command[0], arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        string lastLine = "";
        process.ErrorDataReceived += (_, line) => lastLine = line.Data ?? lastLine;
        process.BeginErrorReadLine();
        using (interrupt.Register(process.StandardInput.Close))
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return (process.ExitCode, lastLine);
    }

    private static GpuPoolException Failure(CellRun run, int code, string lastLine)
    {
        const string Program = "gpupool: ";
        string cause = lastLine.StartsWith(Program, StringComparison.Ordinal) ? lastLine[Program.Length..].TrimEnd('.') : $"its process was ended with code {code}";
        ExitCode meaning = Enum.IsDefined((ExitCode)code) ? (ExitCode)code : code == Killed ? ExitCode.OutOfMemory : ExitCode.Internal;
        return new GpuPoolException(meaning, cause, $"'--cell {run.Cell.Name} --seeds {run.Seed}' runs it alone.");
    }
}
