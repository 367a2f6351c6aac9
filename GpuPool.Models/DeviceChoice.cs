using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using GpuPool.Kernels;

namespace GpuPool.Models;

/// <summary>What a user asks for: <c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>opencl</c>, or with the number of a device <c>cuda:1</c>.</summary>
/// <param name="Kind">Kind of accelerator; null for <see cref="Auto"/>.</param>
/// <param name="Index">Number among those of its kind, from 0.</param>
public readonly record struct DeviceChoice(DeviceKind? Kind, int Index = 0)
{
    private const string AutoWord = "auto";

    private static readonly DeviceKind[] s_kinds = [DeviceKind.Cpu, DeviceKind.Cuda, DeviceKind.OpenCL];

    /// <summary>
    /// The first NVIDIA GPU where it computes what the processor computes, and faster (see <see cref="DeviceTrial"/>); else the processor. OpenCL is used only when it is named:
    /// a broken OpenCL driver can end the process that asks it.
    /// </summary>
    public static DeviceChoice Auto => default;

    /// <summary>The words of all choices without numbers.</summary>
    public static IReadOnlyList<string> Words { get; } = [AutoWord, .. s_kinds.Select(Word)];

    /// <summary>Reads the form that <see cref="ToString"/> writes, in any case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DeviceChoice choice)
    {
        choice = Auto;
        if (text is null || text.Equals(AutoWord, StringComparison.OrdinalIgnoreCase))
            return text is not null;
        string[] parts = text.Split(':');
        int index = 0;
        if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out index)))
            return false;
        foreach (DeviceKind kind in s_kinds.Where(kind => Word(kind).Equals(parts[0], StringComparison.OrdinalIgnoreCase)))
        {
            choice = new DeviceChoice(kind, index);
            return true;
        }
        return false;
    }

    /// <summary>Opens the device; <see cref="Auto"/> falls back to the processor.</summary>
    /// <param name="threads">Threads of the CPU device, by default all processors.</param>
    /// <param name="explain">Is told in a sentence why <see cref="Auto"/> takes one of two devices; not called where there is one.</param>
    /// <exception cref="DeviceNotFoundException">A device that was named is absent or does not start.</exception>
    public Device Open(int? threads = null, Action<string>? explain = null)
    {
        if (Kind is { } kind)
            return Device.Open(kind, Index, threads);
        Device gpu;
        try
        {
            gpu = Device.Open(DeviceKind.Cuda);
        }
        catch (DeviceNotFoundException)
        {
            return Device.Open(DeviceKind.Cpu, threads: threads);
        }
        return Better(gpu, Device.Open(DeviceKind.Cpu, threads: threads), explain);
    }

    /// <summary>The word, with the number where it is not 0.</summary>
    public override string ToString() =>
        Kind is not { } kind ? AutoWord : Index == 0 ? Word(kind) : string.Create(CultureInfo.InvariantCulture, $"{Word(kind)}:{Index}");

    /// <summary>The device that agrees with the processor and is faster, or the processor; the other one is closed.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a driver throws, the processor is there.")]
    internal static Device Better(Device device, Device processor, Action<string>? explain)
    {
        DeviceTrial? trial = null;
        string? fault;
        try
        {
            trial = DeviceTrial.Run(device, processor);
            fault = trial.Fault;
        }
        catch (Exception exception)
        {
            fault = $"its training step failed: {exception.Message.ReplaceLineEndings(" ")}";
        }
        (Device better, Device other) = fault is null ? (device, processor) : (processor, device);
        explain?.Invoke(fault is not null
            ? $"auto takes the processor and not {device.Name}: {fault}"
            : string.Create(CultureInfo.InvariantCulture,
                $"auto takes {device.Name}: a training step takes {1e3 * trial!.Seconds:F1} ms there and {1e3 * trial.ProcessorSeconds:F1} ms on the processor, and agrees to {trial.Error:0.0e-0}"));
        other.Dispose();
        better.Trim();
        better.ResetPeak();
        return better;
    }

    private static string Word(DeviceKind kind) => kind.ToString().ToLowerInvariant();
}
