using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GpuPool.Experiments.Storage;
using GpuPool.Kernels;
using GpuPool.Models;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool devices</c>: every accelerator, why one was left out, which one <c>auto</c> picks, and a numeric self-test of each.</summary>
internal static class DevicesCommand
{
    public static Command Create(Session session)
    {
        Option<int> patience = Options.Number("--patience", 60, 1, "Seconds that a driver may take to answer and to train for three steps; PoCL takes minutes.");
        Option<bool> json = Options.Json();
        var command = new Command("devices", "Lists the accelerators, tests them, and says which one 'auto' picks.") { patience, json };
        command.SetAction(parsed =>
        {
            ProbedDevice[] devices = Find(parsed.GetValue(patience));
            ProbedDevice picked = devices.FirstOrDefault(device => device is { Report: { Kind: DeviceKind.Cuda, Index: 0 }, Usable: true, Trial.Fault: null }) ?? devices[0];
            if (parsed.GetValue(json))
                session.Output.WriteLine(JsonSerializer.Serialize(devices.Select(device => Line(device, device == picked)), Json.Line));
            else
                Print(session.Output, devices, picked);
            return (int)(devices.Any(device => device.Fails) ? ExitCode.CheckFailed : ExitCode.Done);
        });
        return command;
    }

    // One after the other, since each times the processor, too.
    private static ProbedDevice[] Find(int patience) =>
        [.. ProbedDevice.Find(DeviceKind.Cpu), .. ProbeCommand.Run(DeviceKind.Cuda, patience), .. ProbeCommand.Run(DeviceKind.OpenCL, patience)];

    private static object Line(ProbedDevice device, bool auto) => new
    {
        Kind = device.Report.Kind.ToString().ToLowerInvariant(),
        device.Report.Index,
        device.Report.Name,
        device.Report.MemoryBytes,
        device.Usable,
        device.Report.LeftOut,
        device.Report.SelfTestError,
        StepError = device.Trial?.Error,
        StepSeconds = device.Trial?.Seconds,
        ProcessorStepSeconds = device.Trial?.ProcessorSeconds,
        Auto = auto,
    };

    private static void Print(TextWriter output, ProbedDevice[] devices, ProbedDevice picked)
    {
        var table = new Table().AddColumns("device", "name", "memory", "self-test", "training step", "remark");
        foreach (ProbedDevice device in devices)
        {
            DeviceReport report = device.Report;
            table.AddRow(
                report.Index is { } index ? new DeviceChoice(report.Kind, index).ToString() : report.Kind.ToString().ToLowerInvariant(),
                Markup.Escape(report.Name),
                report.MemoryBytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{report.MemoryBytes / (double)(1L << 30):F1} GiB"),
                report.SelfTestError is { } error ? Check(report.Usable, error) : "",
                device.Trial is not { } trial ? ""
                    : string.Create(CultureInfo.InvariantCulture, $"{1e3 * trial.Seconds:F1} ms{(report.Kind == DeviceKind.Cpu ? "" : $", {Check(trial.Agrees, trial.Error)}")}"),
                Markup.Escape(Remark(device, device == picked)));
        }
        Terminal.Over(output).Write(table);
    }

    private static string Check(bool passed, double error) =>
        string.Create(CultureInfo.InvariantCulture, $"{(passed ? "passed" : "FAILED")}, relative error {error:0.0e-0}");

    private static string Remark(ProbedDevice device, bool picked) =>
        device.Report.LeftOut ?? (picked ? "picked by auto"
            : device.Report.Kind == DeviceKind.Cuda && device.Trial?.Fault is { } fault ? $"not picked by auto: {fault}"
            : "usable when named");
}
