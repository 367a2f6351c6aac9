using System.CommandLine;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Commands;

/// <summary>Where to compute: <c>--device auto|cpu|cuda|opencl</c> and <c>--threads N</c>.</summary>
/// <param name="threads">Threads of the CPU device where none are given; null for one per processor.</param>
internal sealed class DeviceOptions(int? threads = null)
{
    private readonly Option<DeviceChoice> _device = Options.Device();
    private readonly Option<int?> _threads = Options.Count(
        "--threads", $"Threads of the CPU device, by default {(threads is null ? "one per processor" : threads)}.");

    /// <summary>Adds both options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_device);
        command.Add(_threads);
    }

    /// <summary>Opens the device asked for, and says why 'auto' takes it where it had a choice.</summary>
    /// <param name="session">Where that is said.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="threads">Threads of the CPU device; null for those asked for.</param>
    public Device Open(Session session, ParseResult parsed, int? threads = null) =>
        parsed.GetValue(_device).Open(threads ?? Threads(parsed), reason => session.Error.WriteLine($"gpupool: {reason}"));

    /// <summary>The word of the device asked for.</summary>
    public string Word(ParseResult parsed) => parsed.GetValue(_device).ToString();

    /// <summary>Threads to use; null for one per processor.</summary>
    public int? Threads(ParseResult parsed) => parsed.GetValue(_threads) ?? threads;
}
