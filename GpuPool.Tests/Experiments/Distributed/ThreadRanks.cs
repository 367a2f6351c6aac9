using System.Collections.Concurrent;
using GpuPool.Experiments.Distributed;

namespace GpuPool.Tests.Experiments.Distributed;

/// <summary>Ranks that are threads of this process.</summary>
internal sealed class ThreadRanks : Ranks
{
    private readonly Meeting _meeting;
    private readonly List<int> _sums = [];
    private int _gathers;

    private ThreadRanks(int rank, Meeting meeting) => (Rank, _meeting) = (rank, meeting);

    public override int Rank { get; }

    public override int Count => _meeting.Sent.Length;

    /// <summary>Elements of the sums that were begun, those that fill up the last part of each included.</summary>
    public IReadOnlyList<int> Sums => _sums;

    /// <summary>How long a question whether an exchange is complete waits for the other ranks: 0 for exchanges that end late, some milliseconds for such that end at once.</summary>
    public TimeSpan Patience { get; set; }

    /// <summary>Does some work on every rank, and gives the results in their order.</summary>
    public static T[] Run<T>(int count, Func<ThreadRanks, T> work)
    {
        using var meeting = new Meeting(count);
        var results = new T[count];
        var failures = new Exception?[count];
        Thread[] threads = [.. Enumerable.Range(0, count).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = work(new ThreadRanks(rank, meeting));
            }
            catch (Exception exception)
            {
                failures[rank] = exception;
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            Assert.That(thread.Join(TimeSpan.FromMinutes(1)), $"a rank waits; {failures.FirstOrDefault(failure => failure is not null)}");
        if (failures.FirstOrDefault(failure => failure is not null) is { } first)
            throw first;
        return results;
    }

    public override IExchange BeginAllToAll(ReadOnlyMemory<float> send, Memory<float> receive)
    {
        _sums.Add(send.Length);
        int block = send.Length / Count;
        return new ThreadExchange(_meeting.Exchanges.GetOrAdd($"sum {_sums.Count}", _ => new Posts(Count)), Rank, Patience, send, receive, sent => sent.Slice(Rank * block, block));
    }

    public override IExchange BeginAllGather(ReadOnlyMemory<float> send, Memory<float> receive) =>
        new ThreadExchange(_meeting.Exchanges.GetOrAdd($"gather {++_gathers}", _ => new Posts(Count)), Rank, Patience, send, receive, sent => sent);

    public override void Abort(int code) => throw new NotSupportedException();

    protected override void AllGather(ReadOnlySpan<byte> send, Span<byte> receive)
    {
        byte[][] sent = Meet(send);
        for (int rank = 0; rank < Count; rank++)
            sent[rank].CopyTo(receive[(rank * send.Length)..]);
        _meeting.Gate.SignalAndWait();
    }

    protected override void Broadcast(Span<byte> bytes)
    {
        Meet(bytes)[0].CopyTo(bytes);
        _meeting.Gate.SignalAndWait();
    }

    private byte[][] Meet(ReadOnlySpan<byte> bytes)
    {
        _meeting.Sent[Rank] = bytes.ToArray();
        _meeting.Gate.SignalAndWait();
        return _meeting.Sent;
    }

    private sealed class Meeting(int count) : IDisposable
    {
        public Barrier Gate { get; } = new(count);

        public byte[][] Sent { get; } = new byte[count][];

        public ConcurrentDictionary<string, Posts> Exchanges { get; } = [];

        public void Dispose() => Gate.Dispose();
    }
}
