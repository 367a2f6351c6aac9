using System.Runtime.InteropServices;

namespace GpuPool.Kernels.Host;

/// <summary>
/// Memory of the calling thread for host bodies: packed panels, row pointers, partial sums. Starts on a 64-byte boundary, is not cleared, and
/// stays valid until the same thread asks for the same slot again. A slot grows and is never returned before its thread ends.
/// </summary>
internal static unsafe class HostScratch
{
    private const int Slots = 6;

    [ThreadStatic]
    private static Block?[]? _blocks;

    [ThreadStatic]
    private static Block? _zeros;

    /// <summary>At least <paramref name="count"/> elements plus <see cref="MemoryPool.SlackBytes"/> readable bytes.</summary>
    public static T* Rent<T>(int slot, int count) where T : unmanaged
    {
        _blocks ??= new Block?[Slots];
        nuint bytes = (nuint)count * (nuint)sizeof(T) + MemoryPool.SlackBytes;
        if (_blocks[slot] is not { } block || block.Bytes < bytes)
            _blocks[slot] = block = new Block(Math.Max(bytes, 1 << 16));
        return (T*)block.Address;
    }

    /// <summary>At least <paramref name="count"/> zeros and <see cref="MemoryPool.SlackBytes"/> bytes of zeros behind them, which nobody writes to; valid until the same thread asks for more of them.</summary>
    public static T* Zeros<T>(int count) where T : unmanaged
    {
        nuint bytes = (nuint)count * (nuint)sizeof(T) + MemoryPool.SlackBytes;
        if (_zeros is not { } block || block.Bytes < bytes)
        {
            _zeros = block = new Block(Math.Max(bytes, 1 << 16));
            NativeMemory.Clear(block.Address, block.Bytes);
        }
        return (T*)block.Address;
    }

    private sealed class Block(nuint bytes)
    {
        public readonly nuint Bytes = bytes;
        public readonly void* Address = NativeMemory.AlignedAlloc(bytes, 64);

        ~Block() => NativeMemory.AlignedFree(Address);
    }
}
