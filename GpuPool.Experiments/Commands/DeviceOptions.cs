using System.CommandLine;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Commands;

/// <summary>Where to compute: <c>--device auto|cpu|cuda|opencl</c> and <c>--threads N</c>.</summary>
/// <param name="threads">Threads of the CPU device where none are given; null for one per processor.</param>
internal sealed class DeviceOptions(int? threads = null)
{
    private readonly Option<DeviceChoice> _device = Options.Choice(
        "--device", DeviceChoice.Auto, "Where to compute; auto takes CUDA if it is there, else the processor.");
    private readonly Option<int?> _threads = Options.Count(
        "--threads", $"Threads of the CPU device, by default {(threads is null ? "one per processor" : threads)}.");

    /// <summary>Adds both options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_device);
        command.Add(_threads);
    }

    /// <summary>Opens the device asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="threads">Threads of the CPU device; null for those asked for.</param>
    public Device Open(ParseResult parsed, int? threads = null) => parsed.GetValue(_device).Open(threads ?? Threads(parsed));

    /// <summary>The word of the device asked for.</summary>
    public string Word(ParseResult parsed) => parsed.GetValue(_device).ToString().ToLowerInvariant();

    /// <summary>Threads to use; null for one per processor.</summary>
    public int? Threads(ParseResult parsed) => parsed.GetValue(_threads) ?? threads;
}
