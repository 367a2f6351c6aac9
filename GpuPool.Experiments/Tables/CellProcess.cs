using System.Diagnostics;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// Does each run in a process of its own, which ends, with its state saved, when its standard input does: at an interrupt, and however this process ends.
/// </summary>
/// <param name="command">What each is started with.</param>
internal sealed class CellProcess(CellCommand command) : ICellWorker
{
    /// <summary>The option that binds a process to its standard input.</summary>
    public const string Leash = "--until-input-ends";

    // What a shell and .NET say of a process that was ended by SIGKILL, mostly by a system that runs out of memory.
    private const int Killed = 137;

    /// <inheritdoc/>
    public async Task<GpuPoolException?> Work(CellRun run, CancellationToken interrupt)
    {
        string[] arguments = [.. OwnProgram.Command.Skip(1), .. command.Arguments(run), Leash];
        using Process process = Process.Start(
            new ProcessStartInfo(OwnProgram.Command[0], arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        string lastLine = "";
        process.ErrorDataReceived += (_, line) => lastLine = line.Data ?? lastLine;
        process.BeginErrorReadLine();
        using (interrupt.Register(process.StandardInput.Close))
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return Failure(run, process.ExitCode, lastLine);
    }

    private static GpuPoolException Failure(CellRun run, int code, string lastLine)
    {
        const string Program = "gpupool: ";
        string cause = lastLine.StartsWith(Program, StringComparison.Ordinal) ? lastLine[Program.Length..].TrimEnd('.') : $"its process was ended with code {code}";
        ExitCode meaning = Enum.IsDefined((ExitCode)code) ? (ExitCode)code : code == Killed ? ExitCode.OutOfMemory : ExitCode.Internal;
        return run.Failure(meaning, cause);
    }
}
