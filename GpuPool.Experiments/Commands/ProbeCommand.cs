using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Storage;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Commands;

/// <summary>
/// <c>gpupool probe KIND</c>, not shown in the help: looks for one kind of accelerator and prints a line of JSON. <c>gpupool devices</c> starts it as a
/// process of its own, so that a driver which crashes takes only that process with it.
/// </summary>
internal static class ProbeCommand
{
    public static Command Create(Session session)
    {
        var kind = new Argument<DeviceKind>("KIND");
        var command = new Command("probe", "Looks for one kind of accelerator.") { kind };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            session.Output.WriteLine(JsonSerializer.Serialize(ProbedDevice.Find(parsed.GetValue(kind)), Json.Line));
            return (int)ExitCode.Done;
        });
        return command;
    }

    /// <summary>Probes in another process.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="patience">Seconds after which the process is ended.</param>
    public static IReadOnlyList<ProbedDevice> Run(DeviceKind kind, int patience)
    {
        string[] arguments = [.. OwnProgram.Command.Skip(1), "probe", kind.ToString()];
        using Process process = Process.Start(new ProcessStartInfo(OwnProgram.Command[0], arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), messages = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit((int)Math.Min(int.MaxValue, 1000L * patience)))
        {
            process.Kill(entireProcessTree: true);
            return [LeftOut(kind, string.Create(CultureInfo.InvariantCulture, $"the driver did not answer within {patience} s, see --patience"))];
        }
        Task.WaitAll(output, messages);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<ProbedDevice[]>(output.Result, Json.Line)!
            : [LeftOut(kind, $"the driver ended the process that asked it (exit code {process.ExitCode})")];
    }

    private static ProbedDevice LeftOut(DeviceKind kind, string reason) => new(new(kind, "", 0, reason, null, null), null);
}
