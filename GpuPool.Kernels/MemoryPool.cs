using System.Globalization;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPool.Kernels;

/// <summary>
/// Device memory that is returned is kept for the next request of about its size, so that a training step in steady state asks the driver for
/// nothing and touches the same pages as the step before.
/// </summary>
internal sealed class MemoryPool(Accelerator accelerator, long limitBytes) : IDisposable
{
    /// <summary>Readable bytes behind the end of every block: two of the longest vectors.</summary>
    public const int SlackBytes = 128;

    private const int Alignment = 64;

    // A free block may be this much larger than the request it serves; more would waste memory, less would seldom match.
    private const double Fit = 1.25;

    private readonly SortedList<long, Stack<Block>> _free = [];
    private long _reservedBytes;

    /// <summary>Bytes asked for and not returned. Blocks may be larger, by an amount that depends on what was returned before.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>Largest <see cref="LiveBytes"/> since the last reset.</summary>
    public long PeakBytes { get; private set; }

    public void ResetPeak() => PeakBytes = LiveBytes;

    public Block Rent(long bytes)
    {
        bytes = Math.Max(1, (bytes + Alignment - 1) / Alignment) * Alignment;
        Block block = Take(bytes) ?? Allocate(bytes);
        block.AskedBytes = bytes;
        LiveBytes += bytes;
        PeakBytes = Math.Max(PeakBytes, LiveBytes);
        return block;
    }

    public void Return(Block block)
    {
        LiveBytes -= block.AskedBytes;
        if (!_free.TryGetValue(block.Bytes, out Stack<Block>? stack))
            _free.Add(block.Bytes, stack = new());
        stack.Push(block);
    }

    public void Dispose() => Trim();

    private Block? Take(long bytes)
    {
        int low = 0;
        for (int high = _free.Count; low < high;)
        {
            int middle = (low + high) / 2;
            if (_free.Keys[middle] < bytes)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == _free.Count || _free.Keys[low] > bytes * Fit)
            return null;
        Stack<Block> stack = _free.Values[low];
        Block block = stack.Pop();
        if (stack.Count == 0)
            _free.RemoveAt(low);
        return block;
    }

    private Block Allocate(long bytes)
    {
        if (_reservedBytes + bytes > limitBytes)
            Trim();
        if (_reservedBytes + bytes > limitBytes)
            throw new DeviceMemoryException(bytes, LiveBytes, limitBytes);
        try
        {
            var block = new Block(accelerator.Allocate1D<byte>(bytes + Alignment + SlackBytes), bytes);
            _reservedBytes += bytes;
            return block;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or AcceleratorException)
        {
            throw new DeviceMemoryException(bytes, LiveBytes, limitBytes, exception);
        }
    }

    public void Trim()
    {
        foreach (Stack<Block> stack in _free.Values)
        {
            foreach (Block block in stack)
            {
                _reservedBytes -= block.Bytes;
                block.Buffer.Dispose();
            }
        }
        _free.Clear();
    }

    /// <summary>One piece of device memory; arrays that share it count themselves here.</summary>
    internal sealed class Block
    {
        public Block(MemoryBuffer1D<byte, Stride1D.Dense> buffer, long bytes)
        {
            Buffer = buffer;
            Bytes = bytes;
            long address = buffer.NativePtr.ToInt64();
            View = buffer.View.SubView((address + Alignment - 1) / Alignment * Alignment - address, bytes).AsContiguous();
        }

        public MemoryBuffer1D<byte, Stride1D.Dense> Buffer { get; }

        public ArrayView<byte> View { get; }

        public long Bytes { get; }

        public long AskedBytes { get; set; }

        public int Owners { get; set; }
    }
}

/// <summary>The device has no room for an array.</summary>
public sealed class DeviceMemoryException : Exception
{
    internal DeviceMemoryException(long bytes, long live, long limit, Exception? inner = null)
        : base(string.Create(CultureInfo.InvariantCulture, $"out of device memory: {bytes >> 20} MiB asked for, {live >> 20} MiB of {limit >> 20} MiB in use"), inner) { }
}
