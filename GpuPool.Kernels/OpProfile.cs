using System.Diagnostics;

namespace GpuPool.Kernels;

/// <summary>Time and work of one kind of op in one direction, summed over its calls.</summary>
/// <param name="Op">Name of the op.</param>
/// <param name="Backward">Whether it is the backward pass.</param>
/// <param name="Calls">Number of calls.</param>
/// <param name="Seconds">Time of all calls.</param>
/// <param name="MultiplyAdds">Multiply-adds of all calls; 0 for ops that are bound by memory.</param>
/// <param name="Bytes">Bytes of all operands and results, each counted once a call: the least that must move.</param>
public sealed record OpTime(string Op, bool Backward, int Calls, double Seconds, long MultiplyAdds, long Bytes);

/// <summary>Collects where time goes: while it is a device's <see cref="Device.Profile"/>, every op waits for its own end and is entered here.</summary>
public sealed class OpProfile
{
    private readonly Dictionary<(string Op, bool Backward), OpTime> _times = [];

    /// <summary>The collected times, longest first.</summary>
    public IReadOnlyList<OpTime> Times => [.. _times.Values.OrderByDescending(time => time.Seconds)];

    /// <summary>Is told of each pass at its end: the name of the op, whether it was the backward pass, and its multiply-adds.</summary>
    internal Action<string, bool, long>? Ended { get; init; }

    /// <summary>Forgets what was collected.</summary>
    public void Clear() => _times.Clear();

    internal static long Start(Device device)
    {
        device.Synchronize();
        return Stopwatch.GetTimestamp();
    }

    internal void End(Device device, long start, string op, bool backward, long multiplyAdds, IEnumerable<DeviceArray?> arrays)
    {
        device.Synchronize();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Ended?.Invoke(op, backward, multiplyAdds);
        OpTime sum = _times.GetValueOrDefault((op, backward)) ?? new OpTime(op, backward, 0, 0, 0, 0);
        _times[(op, backward)] = sum with
        {
            Calls = sum.Calls + 1,
            Seconds = sum.Seconds + seconds,
            MultiplyAdds = sum.MultiplyAdds + multiplyAdds,
            Bytes = sum.Bytes + arrays.Sum(array => array?.Bytes ?? 0),
        };
    }
}
