using GpuPool.Experiments.Distributed;

namespace GpuPool.Tests.Experiments.Distributed;

/// <summary>What the ranks have sent in an exchange.</summary>
internal sealed class Posts(int ranks)
{
    private readonly float[]?[] _sent = new float[ranks][];
    private int _missing = ranks, _untaken = ranks;

    public ManualResetEventSlim AreComplete { get; } = new();

    public void Add(int rank, float[] sent)
    {
        _sent[rank] = sent;
        if (Interlocked.Decrement(ref _missing) == 0)
            AreComplete.Set();
    }

    /// <summary>What all have sent, which is forgotten with the last rank that takes it.</summary>
    public float[][] Take()
    {
        float[][] all = [.. _sent.Select(sent => sent!)];
        if (Interlocked.Decrement(ref _untaken) == 0)
            Array.Clear(_sent);
        return all;
    }
}

/// <summary>An exchange between threads, complete as soon as all have begun it; nobody may read or write its memory before.</summary>
internal sealed class ThreadExchange : IExchange
{
    private readonly Posts _posts;
    private readonly float[] _sent;
    private readonly TimeSpan _patience;
    private readonly ReadOnlyMemory<float> _send;
    private readonly Memory<float> _receive;
    private readonly Func<Memory<float>, Memory<float>> _part;
    private bool _isTaken;

    public ThreadExchange(Posts posts, int rank, TimeSpan patience, ReadOnlyMemory<float> send, Memory<float> receive, Func<Memory<float>, Memory<float>> part)
    {
        (_posts, _sent, _patience, _send, _receive, _part) = (posts, send.ToArray(), patience, send, receive, part);
        receive.Span.Fill(float.NaN);
        posts.Add(rank, _sent);
    }

    public bool IsComplete()
    {
        if (_posts.AreComplete.Wait(_patience))
            Take();
        return _isTaken;
    }

    public void Wait()
    {
        _posts.AreComplete.Wait();
        Take();
    }

    private void Take()
    {
        if (_isTaken)
            return;
        _isTaken = true;
        Assert.That(_send.Span.SequenceEqual(_sent), "nobody changes what is being sent");
        Assert.That(_receive.Span.IndexOfAnyExcept(float.NaN), Is.EqualTo(-1), "nobody changes what is being received");
        int at = 0;
        foreach (float[] sent in _posts.Take())
        {
            Memory<float> part = _part(sent);
            part.CopyTo(_receive[at..]);
            at += part.Length;
        }
    }
}
