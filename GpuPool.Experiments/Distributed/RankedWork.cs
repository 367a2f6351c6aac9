namespace GpuPool.Experiments.Distributed;

/// <summary>Work of all processes of a job.</summary>
internal static class RankedWork
{
    // A launcher that is told to end a job may drop what it has not read yet.
    private static readonly TimeSpan ForwardingTime = TimeSpan.FromSeconds(0.2);

    /// <summary>Ends a work before it has begun: where several ranks were started, all end, those that could begin as well, with one line.</summary>
    public static int Refuse(Session session, GpuPoolException failure) => Run(session, (_, ranks) => ranks.Together<int>(() => throw failure));

    /// <summary>Does it, alone or on every rank; only the first one talks, but for the one that fails: it says why and ends all.</summary>
    /// <param name="session">What the program talks to.</param>
    /// <param name="work">The work; its exit code is that of the program.</param>
    public static int Run(Session session, Func<Session, Ranks, int> work)
    {
        Ranks ranks = MpiRanks.Join();
        if (ranks.Count == 1)
            return work(session, ranks);
        Session heard = ranks.IsFirst ? session : session with { Output = TextWriter.Null, Error = TextWriter.Null };
        if (!ranks.IsFirst)
            session.Notice.Dispose();
        int code;
        try
        {
            code = work(heard, ranks);
        }
        catch (Exception exception) when (exception is AgreedException or OperationCanceledException)
        {
            // All ranks come here; the first one may have saved the run meanwhile. The launcher ends all that is still there when the first of them has gone, so what is to be said is said before.
            code = Failure.Say((exception as AgreedException)?.Failure ?? exception, heard.Error);
            Forward(heard);
            ranks.Any(false);
        }
        catch (Exception exception)
        {
            code = Failure.Say(exception, session.Error, $"gpupool: rank {ranks.Rank} of {ranks.Count}");
            Forward(session);
            ranks.Abort(code);
            return code;
        }
        ranks.Dispose();
        return code;
    }

    // Nothing more is said after this.
    private static void Forward(Session session)
    {
        session.Notice.Dispose();
        session.Error.Flush();
        Thread.Sleep(ForwardingTime);
    }
}
