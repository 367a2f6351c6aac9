using GpuPool.Autograd;

namespace GpuPool.Experiments.Distributed;

/// <summary>Makes gradients the means of those of all ranks, in parts that go out while a backward pass still computes others.</summary>
/// <remarks>
/// Buckets begin one after the other, and their sums are shared one after the other, whichever gradients a rank has and when: so all ranks begin the same exchanges in the same order.
/// </remarks>
internal sealed class GradientBuckets
{
    // 2 MiB take 1.7 ms at 10 Gbit/s, beside which the tens of microseconds of a message are little; and nothing hides the last bucket, which is a part of the 9 to 45 MB of the networks here.
    private const int LeastBytes = 2 << 20;

    private readonly Dictionary<Tensor, GradientBucket> _bucketOf = [];
    private readonly GradientBucket[] _buckets;

    // How many buckets have begun, and how many of these share their sums.
    private int _begun, _shared;

    /// <summary>Buckets of a module's parameters.</summary>
    /// <param name="ranks">Several ranks.</param>
    /// <param name="parameters">In the order in which the module has them: a backward pass comes to the last one first. Frozen ones have no gradient and are left out.</param>
    /// <param name="leastBytes">A bucket is full with so many bytes of gradients.</param>
    public GradientBuckets(Ranks ranks, IEnumerable<Parameter> parameters, int leastBytes = LeastBytes)
    {
        _buckets = [.. Cut(parameters.Where(parameter => parameter.RequiresGradient).Reverse(), leastBytes).Select(bucket => new GradientBucket(ranks, bucket))];
        foreach (GradientBucket bucket in _buckets)
        {
            foreach (Parameter parameter in bucket.Parameters)
                _bucketOf.Add(parameter, bucket);
        }
    }

    /// <summary>Notes that a gradient is final in the last backward pass of a step, and begins the buckets that are full with it.</summary>
    public void Note(Tensor leaf)
    {
        if (_bucketOf.TryGetValue(leaf, out GradientBucket? bucket))
            bucket.Missing--;
        while (_begun < _buckets.Length && _buckets[_begun].Missing == 0)
            _buckets[_begun++].Begin();
        // MPI goes on within its calls alone, and one call takes along all that is under way.
        while (_shared < _begun && _buckets[_shared].IsComplete())
            _buckets[_shared++].Share();
        if (_shared > 0)
            _buckets[_shared - 1].IsComplete();
    }

    /// <summary>Begins what has not begun, as what no pass of this rank came to, and waits for all: gradients are means where any rank has one.</summary>
    public void Average()
    {
        while (_begun < _buckets.Length)
            _buckets[_begun++].Begin();
        while (_shared < _buckets.Length)
            _buckets[_shared++].Share();
        foreach (GradientBucket bucket in _buckets)
            bucket.Take();
        (_begun, _shared) = (0, 0);
    }

    private static IEnumerable<IReadOnlyList<Parameter>> Cut(IEnumerable<Parameter> parameters, int leastBytes)
    {
        var bucket = new List<Parameter>();
        long bytes = 0;
        foreach (Parameter parameter in parameters)
        {
            bucket.Add(parameter);
            bytes += (long)sizeof(float) * parameter.Shape.Count;
            if (bytes < leastBytes)
                continue;
            yield return bucket;
            (bucket, bytes) = ([], 0);
        }
        if (bucket.Count > 0)
            yield return bucket;
    }
}
