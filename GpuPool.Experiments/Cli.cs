using System.CommandLine;
using GpuPool.Experiments.Commands;
using GpuPool.Experiments.Distributed;

namespace GpuPool.Experiments;

/// <summary>The program <c>gpupool</c>: parses a command line, runs it, and turns every failure into one line and an exit code.</summary>
public static class Cli
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Results only.</param>
    /// <param name="error">Progress, messages and failures.</param>
    /// <param name="interrupt">Ends the work after the current step.</param>
    /// <returns>The <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken interrupt = default)
    {
        ArgumentNullException.ThrowIfNull(error);
        using CancellationTokenRegistration notice = interrupt.Register(() => error.WriteLine("gpupool: finishing the current step; interrupt again to stop at once"));
        try
        {
            var session = new Session(output, error, interrupt) { Notice = notice };
            ParseResult parsed = Root(session).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (UsageError.In(parsed) is { } wrong)
                return parsed.CommandResult.Command.Name == TrainCommand.Name ? RankedWork.Refuse(session, wrong) : throw wrong;
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception exception)
        {
            return Failure.Say(exception, error);
        }
    }

    internal static RootCommand Root(Session session) => new("Self-attentive pooling: trains, measures and reproduces the tables of the paper.")
    {
        ReproduceCommand.Create(session),
        TrainCommand.Create(session),
        EvaluateCommand.Create(session),
        DetectCommand.Create(session),
        CompareCommand.Create(session),
        CamCommand.Create(session),
        LensCommand.Create(session),
        CocoEvalCommand.Create(session),
        PruneCommand.Create(session),
        ExportCommand.Create(session),
        WeightsCommand.Create(session),
        ProfileCommand.Create(session),
        ReportCommand.Create(session),
        AuditCommand.Create(session),
        PlanCommand.Create(session),
        PlanClusterCommand.Create(session),
        BenchCommand.Create(session),
        BenchPoolingCommand.Create(session),
        DataCommand.Create(session),
        ParityCommand.Create(session),
        DevicesCommand.Create(session),
        ProbeCommand.Create(session),
    };
}
