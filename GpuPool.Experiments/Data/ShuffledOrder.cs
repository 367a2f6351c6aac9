namespace GpuPool.Experiments.Data;

/// <summary>The order in which an epoch of training takes pictures.</summary>
/// <remarks>
/// Pictures that lie together in archives are mixed with bounded memory: archives come in a random order, and each picture of the k-th one is dealt in a turn that is drawn from k to
/// k + <see cref="ShardsAtOnce"/> - 1. So every turn needs that many archives, one of them new, and a reader that keeps them reads each once.
/// </remarks>
internal static class ShuffledOrder
{
    /// <summary>Archives of which pictures are dealt at a time.</summary>
    public const int ShardsAtOnce = 8;

    /// <summary>All numbers below <paramref name="count"/>, each order equally likely where there is one archive.</summary>
    /// <param name="count">Number of pictures.</param>
    /// <param name="shards">Number of archives.</param>
    /// <param name="shard">The archive that a picture lies in.</param>
    /// <param name="draws">The random numbers.</param>
    public static int[] Of(int count, int shards, Func<int, int> shard, RandomSequence draws)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        draws.Shuffle(order);
        if (shards == 1)
            return order;
        int[] turns = [.. Enumerable.Range(0, shards)];
        draws.Shuffle(turns);
        // Within a turn the order stays as it was shuffled.
        long[] keys = new long[count];
        for (int place = 0; place < count; place++)
            keys[place] = ((long)(turns[shard(order[place])] + draws.Next(ShardsAtOnce)) << 32) | (uint)place;
        Array.Sort(keys, order);
        return order;
    }
}
