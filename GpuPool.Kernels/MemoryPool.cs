using System.Globalization;
using System.Numerics;
using ILGPU;
using ILGPU.Runtime;

namespace GpuPool.Kernels;

/// <summary>
/// Device memory that is returned is kept for the next request of about its size, so that a training step in steady state asks the driver for
/// nothing and touches the same pages as the step before. Blocks have few sizes and may serve smaller requests, so that inputs of varying size
/// share them: over random image sizes the pool holds about twice what is in use, and no more with time.
/// </summary>
/// <param name="allocate">Asks the driver for memory.</param>
internal sealed class MemoryPool(Func<long, MemoryBuffer1D<byte, Stride1D.Dense>> allocate) : IDisposable
{
    /// <summary>Readable bytes behind the end of every block: two of the longest vectors.</summary>
    public const int SlackBytes = 128;

    private const int Alignment = 64;

    private const int SizesPerPowerOfTwo = 16;

    // A free block may be this much larger than the request it serves: more would leave the next large request without.
    private const int Fit = 3;

    private readonly SortedList<long, Stack<Block>> _free = [];

    /// <summary>Most bytes to reserve.</summary>
    public required long LimitBytes { get; set; }

    /// <summary>Tests have each array in memory of its own, no larger and never used again, so that a tool which watches memory sees what is touched beyond it.</summary>
    public bool IsExact { get; set; }

    /// <summary>Bytes asked for and not returned. Blocks may be larger, by an amount that depends on what was returned before.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>Largest <see cref="LiveBytes"/> since the last reset.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes of all blocks, in use or free.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>What a request takes: at least one piece of the alignment of all blocks.</summary>
    public static long Aligned(long bytes) => Math.Max(1, (bytes + Alignment - 1) / Alignment) * Alignment;

    public void ResetPeak() => PeakBytes = LiveBytes;

    public Block Rent(long bytes)
    {
        Block? exact = IsExact ? new Block(allocate(Math.Max(1, bytes)), 0) : null;
        bytes = Aligned(bytes);
        Block block = exact ?? Take(bytes) ?? Allocate(bytes);
        block.AskedBytes = bytes;
        LiveBytes += bytes;
        PeakBytes = Math.Max(PeakBytes, LiveBytes);
        return block;
    }

    public void Return(Block block)
    {
        LiveBytes -= block.AskedBytes;
        if (block.Bytes == 0)
        {
            block.Buffer.Dispose();
            return;
        }
        if (!_free.TryGetValue(block.Bytes, out Stack<Block>? stack))
            _free.Add(block.Bytes, stack = new());
        stack.Push(block);
    }

    /// <summary>Gives what is free back to the driver.</summary>
    public void Trim()
    {
        foreach (Stack<Block> stack in _free.Values)
        {
            foreach (Block block in stack)
            {
                ReservedBytes -= block.Bytes;
                block.Buffer.Dispose();
            }
        }
        _free.Clear();
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

    // Where there is no room, all that is free goes back first, and then the request gets no more than it asks for.
    private Block Allocate(long bytes)
    {
        if (TryAllocate(WholeSize(bytes), out _) is { } block)
            return block;
        Trim();
        return TryAllocate(WholeSize(bytes), out _) ?? TryAllocate(bytes, out Exception? refusal)
            ?? throw new DeviceMemoryException(bytes, LiveBytes, LimitBytes, refusal);
    }

    private Block? TryAllocate(long bytes, out Exception? refusal)
    {
        refusal = null;
        if (ReservedBytes + bytes > LimitBytes)
            return null;
        try
        {
            var block = new Block(allocate(bytes + Alignment + SlackBytes), bytes);
            ReservedBytes += bytes;
            return block;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or AcceleratorException)
        {
            refusal = exception;
            return null;
        }
    }

    private static long WholeSize(long bytes)
    {
        long step = Math.Max(Alignment, (long)BitOperations.RoundUpToPowerOf2((ulong)bytes) / (2 * SizesPerPowerOfTwo));
        return (bytes + step - 1) / step * step;
    }

    /// <summary>One piece of device memory; arrays that share it count themselves here.</summary>
    internal sealed class Block
    {
        public Block(MemoryBuffer1D<byte, Stride1D.Dense> buffer, long bytes)
        {
            Buffer = buffer;
            Bytes = bytes;
            long address = buffer.NativePtr.ToInt64();
            View = bytes == 0 ? buffer.View.AsContiguous() : buffer.View.SubView((address + Alignment - 1) / Alignment * Alignment - address, bytes).AsContiguous();
        }

        public MemoryBuffer1D<byte, Stride1D.Dense> Buffer { get; }

        public ArrayView<byte> View { get; }

        /// <summary>Bytes of the view, all of which may be used again; 0 for memory that is its array's alone.</summary>
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
