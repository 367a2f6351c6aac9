using System.Numerics.Tensors;

namespace GpuPool.Experiments.Distributed;

/// <summary>The sum of a vector over all ranks, in the order of the ranks, which comes about while this one does other things.</summary>
/// <remarks>
/// Sums do not depend on who moves the numbers: each rank gets its part of all vectors, adds them in the order of the ranks, and gives the sums to all. That moves as much as
/// the best all-reduce does, 2 (R - 1) / R of a vector from and to each of R ranks, and no library's choice of an algorithm decides over bits.
/// </remarks>
/// <param name="ranks">Several ranks, which begin and share the same sums in the same order.</param>
/// <param name="count">Elements of the vector.</param>
internal sealed class PendingSum(Ranks ranks, int count)
{
    private readonly float[] _all = new float[ranks.Count * Block(ranks, count)], _parts = new float[ranks.Count * Block(ranks, count)];
    private IExchange? _exchange;

    /// <summary>The vector of this rank, to be written before <see cref="Begin"/>; the sum after <see cref="Share"/>, once that is complete.</summary>
    public Span<float> Values => _all.AsSpan(0, count);

    /// <summary>Begins to get the own part of all vectors.</summary>
    public void Begin() => _exchange = ranks.BeginAllToAll(_all, _parts);

    /// <summary>Adds the parts, once they are there, and begins to give the sum to all.</summary>
    public void Share()
    {
        int block = Block(ranks, count);
        Memory<float> sum = _parts.AsMemory(0, block);
        for (int rank = 1; rank < ranks.Count; rank++)
            TensorPrimitives.Add(sum.Span, _parts.AsSpan(rank * block, block), sum.Span);
        _exchange = ranks.BeginAllGather(sum, _all);
    }

    /// <summary>Lets exchanges go on, and says whether what was begun last is complete.</summary>
    public bool IsComplete() => _exchange!.IsComplete();

    /// <summary>Waits until it is.</summary>
    public void Wait() => _exchange!.Wait();

    private static int Block(Ranks ranks, int count) => (count + ranks.Count - 1) / ranks.Count;
}
