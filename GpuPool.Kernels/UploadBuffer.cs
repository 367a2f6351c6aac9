using ILGPU;
using ILGPU.Runtime;

namespace GpuPool.Kernels;

/// <summary>
/// Memory of the host that stays where it is, through which values go to a GPU: the caller has its own back at once, and the copy to the device takes place in the order of the
/// launches while the host goes on.
/// </summary>
internal sealed class UploadBuffer(Accelerator accelerator) : IDisposable
{
    private const int Bytes = 64 << 20, Alignment = 64;

    private PageLockedArray1D<byte>? _memory;
    private int _used;

    /// <summary>Sends as many of the values as there is room for, and says how many.</summary>
    public int Send(ReadOnlySpan<byte> values, ArrayView<byte> target)
    {
        _memory ??= accelerator.AllocatePageLocked1D<byte>(Bytes);
        Span<byte> room = _memory.Span[_used..];
        int count = Math.Min(values.Length, room.Length);
        if (count == 0)
            return 0;
        values[..count].CopyTo(room);
        target.SubView(0, count).CopyFromCPUUnsafeAsync(accelerator.DefaultStream, ref room[0], count);
        _used = Math.Min(Bytes, (_used + count + Alignment - 1) / Alignment * Alignment);
        return count;
    }

    /// <summary>All that was sent has arrived: its room is free.</summary>
    public void Clear() => _used = 0;

    public void Dispose()
    {
        try
        {
            if (_used > 0)
                accelerator.Synchronize();
        }
        catch (AcceleratorException)
        {
            // A device that has failed reads nothing any more.
        }
        _memory?.Dispose();
    }
}
