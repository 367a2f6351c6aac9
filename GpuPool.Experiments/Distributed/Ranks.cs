using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Distributed;

/// <summary>The processes that train one network together, numbered from 0; each calls the same members in the same order.</summary>
/// <remarks>
/// Sums do not depend on who moves the numbers: each rank gets its part of all vectors, adds them in the order of the ranks, and gives the sums to all. That moves as much as
/// the best all-reduce does, 2 (R - 1) / R of a vector from and to each of R ranks, and no library's choice of an algorithm decides over bits.
/// </remarks>
internal abstract class Ranks : IPeers, IDisposable
{
    /// <summary>This process alone.</summary>
    public static Ranks Alone { get; } = new LoneRank();

    /// <summary>Number of this process.</summary>
    public abstract int Rank { get; }

    /// <summary>Number of processes.</summary>
    public abstract int Count { get; }

    /// <summary>Whether it is the one that writes.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>The sum of a vector over all ranks, in the order of the ranks.</summary>
    public void Sum(Span<float> values) => Sum<float>(values);

    /// <inheritdoc cref="Sum(Span{float})"/>
    public void Sum(Span<double> values) => Sum<double>(values);

    /// <summary>Makes arrays the mean of those of all ranks, in one exchange.</summary>
    public void Average(IReadOnlyList<DeviceArray> arrays)
    {
        if (Count == 1)
            return;
        int count = arrays.Sum(array => array.Shape.Count), start = 0;
        float[] rented = ArrayPool<float>.Shared.Rent(count);
        Span<float> flat = rented.AsSpan(0, count);
        foreach (DeviceArray array in arrays)
        {
            array.ToFloats().CopyTo(flat[start..]);
            start += array.Shape.Count;
        }
        Sum(flat);
        TensorPrimitives.Divide(flat, Count, flat);
        start = 0;
        foreach (DeviceArray array in arrays)
        {
            array.CopyFrom(flat.Slice(start, array.Shape.Count));
            start += array.Shape.Count;
        }
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>Whether it is so on any rank.</summary>
    public bool Any(bool isSo)
    {
        if (Count == 1)
            return isSo;
        Span<double> count = [isSo ? 1 : 0];
        Sum(count);
        return count[0] > 0;
    }

    /// <summary>Bytes of the first rank, of any number, to all.</summary>
    /// <param name="mine">Those of the first rank; the others' are passed over.</param>
    public byte[] OfFirst(ReadOnlySpan<byte> mine)
    {
        Span<double> length = [IsFirst ? mine.Length : 0];
        Sum(length);
        byte[] bytes = IsFirst ? mine.ToArray() : new byte[(int)length[0]];
        Broadcast(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public IReadOnlyList<double[]> Gather(ReadOnlySpan<double> mine)
    {
        double[] all = new double[Count * mine.Length];
        AllGather(MemoryMarshal.AsBytes(mine), MemoryMarshal.AsBytes(all.AsSpan()));
        return [.. all.Chunk(mine.Length)];
    }

    /// <summary>A text of each rank, in their order.</summary>
    public IReadOnlyList<string> Gather(string mine)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(mine);
        int[] lengths = [.. Gather([(double)bytes.Length]).Select(length => (int)length[0])];
        int longest = lengths.Max();
        byte[] padded = new byte[longest], all = new byte[Count * longest];
        bytes.CopyTo(padded, 0);
        AllGather(padded, all);
        return [.. lengths.Select((length, rank) => Encoding.UTF8.GetString(all, rank * longest, length))];
    }

    /// <summary>Ends all ranks at once, this one included.</summary>
    public abstract void Abort(int code);

    /// <inheritdoc/>
    public virtual void Dispose() { }

    /// <summary>To each rank its block of <paramref name="send"/>, and from each its block for this one; blocks are equal and in the order of the ranks.</summary>
    protected abstract void AllToAll(ReadOnlySpan<byte> send, Span<byte> receive);

    /// <summary>What every rank sends, in the order of the ranks.</summary>
    protected abstract void AllGather(ReadOnlySpan<byte> send, Span<byte> receive);

    /// <summary>The bytes of the first rank.</summary>
    protected abstract void Broadcast(Span<byte> bytes);

    private void Sum<T>(Span<T> values) where T : unmanaged, INumber<T>
    {
        if (Count == 1)
            return;
        int block = (values.Length + Count - 1) / Count;
        T[] lentAll = ArrayPool<T>.Shared.Rent(Count * block), lentParts = ArrayPool<T>.Shared.Rent(Count * block);
        Span<T> all = lentAll.AsSpan(0, Count * block), parts = lentParts.AsSpan(0, Count * block), sum = parts[..block];
        values.CopyTo(all);
        all[values.Length..].Clear();
        AllToAll(MemoryMarshal.AsBytes(all), MemoryMarshal.AsBytes(parts));
        for (int rank = 1; rank < Count; rank++)
            TensorPrimitives.Add(sum, parts.Slice(rank * block, block), sum);
        AllGather(MemoryMarshal.AsBytes(sum), MemoryMarshal.AsBytes(all));
        all[..values.Length].CopyTo(values);
        ArrayPool<T>.Shared.Return(lentAll);
        ArrayPool<T>.Shared.Return(lentParts);
    }

    private sealed class LoneRank : Ranks
    {
        public override int Rank => 0;

        public override int Count => 1;

        public override void Abort(int code) => throw new NotSupportedException("Ranks: a lone process has nobody to end.");

        protected override void AllToAll(ReadOnlySpan<byte> send, Span<byte> receive) => send.CopyTo(receive);

        protected override void AllGather(ReadOnlySpan<byte> send, Span<byte> receive) => send.CopyTo(receive);

        protected override void Broadcast(Span<byte> bytes) { }
    }
}
