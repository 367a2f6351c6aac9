using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Storage;
using GpuPool.Kernels;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool devices</c>: every accelerator, why one was left out, which one <c>auto</c> picks, and a numeric self-test of each.</summary>
internal static class DevicesCommand
{
    public static Command Create(Session session)
    {
        Option<bool> json = Options.Json();
        var command = new Command("devices", "Lists the accelerators, tests them, and says which one 'auto' picks.") { json };
        command.SetAction(parsed =>
        {
            DeviceReport[] reports = Find();
            DeviceReport picked = reports.FirstOrDefault(report => report is { Kind: DeviceKind.Cuda, LeftOut: null }) ?? reports[0];
            if (parsed.GetValue(json))
                session.Output.WriteLine(JsonSerializer.Serialize(reports.Select(report => Line(report, report == picked)), Json.Line));
            else
                Print(session.Output, reports, picked);
            return (int)(reports.Any(report => report is { LeftOut: null, Usable: false }) ? ExitCode.CheckFailed : ExitCode.Done);
        });
        return command;
    }

    private static DeviceReport[] Find()
    {
        Task<IReadOnlyList<DeviceReport>>[] others = [.. new[] { DeviceKind.Cuda, DeviceKind.OpenCL }.Select(kind => Task.Run(() => ProbeCommand.Run(kind)))];
        return [.. DeviceReport.Find(DeviceKind.Cpu), .. others.SelectMany(other => other.Result)];
    }

    private static object Line(DeviceReport report, bool auto) => new
    {
        Kind = report.Kind.ToString().ToLowerInvariant(),
        report.Name,
        report.MemoryBytes,
        report.Usable,
        report.LeftOut,
        report.SelfTestError,
        Auto = auto,
    };

    private static void Print(TextWriter output, DeviceReport[] reports, DeviceReport picked)
    {
        var table = new Table().AddColumns("device", "name", "memory", "self-test", "remark");
        foreach (DeviceReport report in reports)
        {
            table.AddRow(
                report.Kind.ToString().ToLowerInvariant(),
                Markup.Escape(report.Name),
                report.MemoryBytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{report.MemoryBytes / (double)(1L << 30):F1} GiB"),
                report.SelfTestError is not { } error ? ""
                    : string.Create(CultureInfo.InvariantCulture, $"{(report.Usable ? "passed" : "FAILED")}, relative error {error:0.0e-0}"),
                Markup.Escape(report.LeftOut ?? (report == picked ? "picked by auto" : "usable when named")));
        }
        Terminal.Over(output).Write(table);
    }
}
