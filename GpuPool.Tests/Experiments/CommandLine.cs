using System.Globalization;
using GpuPool.Experiments;

namespace GpuPool.Tests.Experiments;

/// <summary>Runs a command line in this process.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record CommandLine(ExitCode Code, string Output, string Error)
{
    public static CommandLine Run(params string[] args) => Run(CancellationToken.None, args);

    public static CommandLine Run(CancellationToken interrupt, params string[] args)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture), error = new(CultureInfo.InvariantCulture);
        int code = Cli.Run(args, output, error, interrupt);
        return new CommandLine((ExitCode)code, output.ToString(), error.ToString());
    }

    /// <summary>The one line of a failure.</summary>
    public string Line => Error.TrimEnd('\n').Split('\n')[^1];
}
