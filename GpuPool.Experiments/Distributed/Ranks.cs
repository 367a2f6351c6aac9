using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Distributed;

/// <summary>The processes that train one network together, numbered from 0; each calls the same members in the same order.</summary>
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

    /// <summary>The sum of a short vector over all ranks, in the order of the ranks.</summary>
    public void Sum(Span<double> values)
    {
        if (Count == 1)
            return;
        IReadOnlyList<double[]> all = Gather(values);
        all[0].CopyTo(values);
        foreach (double[] more in all.Skip(1))
            TensorPrimitives.Add(values, more, values);
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

    /// <summary>
    /// Begins to give each rank its block of <paramref name="send"/>, and to get from each its block for this one; blocks are equal and in the order of the ranks. All ranks begin
    /// these in the same order, and call between them what they like.
    /// </summary>
    public abstract IExchange BeginAllToAll(ReadOnlyMemory<float> send, Memory<float> receive);

    /// <summary>Begins to give all ranks what every one sends, in the order of the ranks. All begin these in the same order, and call between them what they like.</summary>
    public abstract IExchange BeginAllGather(ReadOnlyMemory<float> send, Memory<float> receive);

    /// <summary>Ends all ranks at once, this one included.</summary>
    public abstract void Abort(int code);

    /// <inheritdoc/>
    public virtual void Dispose() { }

    /// <summary>What every rank sends, in the order of the ranks.</summary>
    protected abstract void AllGather(ReadOnlySpan<byte> send, Span<byte> receive);

    /// <summary>The bytes of the first rank.</summary>
    protected abstract void Broadcast(Span<byte> bytes);

    private sealed class LoneRank : Ranks
    {
        public override int Rank => 0;

        public override int Count => 1;

        public override IExchange BeginAllToAll(ReadOnlyMemory<float> send, Memory<float> receive) => throw Nobody();

        public override IExchange BeginAllGather(ReadOnlyMemory<float> send, Memory<float> receive) => throw Nobody();

        public override void Abort(int code) => throw Nobody();

        protected override void AllGather(ReadOnlySpan<byte> send, Span<byte> receive) => send.CopyTo(receive);

        protected override void Broadcast(Span<byte> bytes) { }

        private static NotSupportedException Nobody() => new("Ranks: a lone process has no other one.");
    }
}
