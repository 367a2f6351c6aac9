using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Commands;

/// <summary>An accelerator as found, and what a training step on it is like.</summary>
/// <param name="Report">What the driver says, and the self-test.</param>
/// <param name="Trial">A training step beside the processor's; null where the device is left out.</param>
internal sealed record ProbedDevice(DeviceReport Report, DeviceTrial? Trial)
{
    /// <summary>Whether it can be used and computes what the processor computes.</summary>
    public bool Usable => Report.Usable && Trial is { Agrees: true };

    /// <summary>Whether it would be used and does not compute what the processor computes.</summary>
    public bool Fails => Report.LeftOut is null && !Usable;

    /// <summary>The accelerators of a kind; one says why where there is none. This calls the driver in this process.</summary>
    public static IReadOnlyList<ProbedDevice> Find(DeviceKind kind) => [.. DeviceReport.Find(kind).Select(Try)];

    private static ProbedDevice Try(DeviceReport report)
    {
        if (!report.Usable || report.Index is not { } index)
            return new(report, null);
        try
        {
            using Device device = Device.Open(report.Kind, index), processor = Device.Open(DeviceKind.Cpu);
            return new(report, DeviceTrial.Run(device, processor));
        }
        catch (Exception exception)
        {
            return new(report with { Index = null, LeftOut = $"a training step failed: {exception.Message.ReplaceLineEndings(" ")}" }, null);
        }
    }
}
