using System.Text.Json;

namespace GpuPool.Experiments.Distributed;

/// <summary>Lets ranks begin together or not at all.</summary>
internal static class Agreement
{
    private sealed record Answer(ExitCode Code, string Cause, string Remedy, string[] Marks);

    /// <summary>Prepares something on every rank.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="prepare">Is done on each.</param>
    /// <param name="marks">What must be the same on all, with its name.</param>
    /// <exception cref="AgreedException">It failed on a rank, or one has other marks than the first: thrown on all ranks.</exception>
    public static T Together<T>(this Ranks ranks, Func<T> prepare, params IReadOnlyList<(string Name, Func<string> Value)> marks)
    {
        if (ranks.Count == 1)
            return prepare();
        T? prepared = default;
        var answer = new Answer(ExitCode.Done, "", "", [.. marks.Select(mark => mark.Value())]);
        try
        {
            prepared = prepare();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            GpuPoolException failure = Failure.Of(exception);
            answer = answer with { Code = failure.Code, Cause = failure.Cause, Remedy = failure.Remedy };
        }
        Answer[] answers = [.. ranks.Gather(JsonSerializer.Serialize(answer)).Select(text => JsonSerializer.Deserialize<Answer>(text)!)];
        for (int rank = 0; rank < answers.Length; rank++)
        {
            Answer other = answers[rank];
            if (other.Code != ExitCode.Done)
                throw new AgreedException(new GpuPoolException(other.Code, rank == 0 ? other.Cause : $"rank {rank}: {other.Cause}", other.Remedy));
            int differing = Enumerable.Range(0, marks.Count).FirstOrDefault(mark => other.Marks[mark] != answers[0].Marks[mark], -1);
            if (differing >= 0)
            {
                throw new AgreedException(new GpuPoolException(
                    ExitCode.Configuration, $"rank {rank} has another {marks[differing].Name} than rank 0", "Start all ranks with the same program, options and files."));
            }
        }
        return prepared!;
    }

    /// <summary>Goes through a sequence on every rank, all of one length, in step.</summary>
    /// <exception cref="AgreedException">A rank could not go on: thrown on all ranks.</exception>
    public static IEnumerable<T> Together<T>(this Ranks ranks, IEnumerable<T> items)
    {
        using IEnumerator<T> item = items.GetEnumerator();
        while (true)
        {
            bool isThere = false;
            Exception? failure = null;
            try
            {
                isThere = item.MoveNext();
            }
            catch (Exception exception) when (ranks.Count > 1 && exception is not OperationCanceledException)
            {
                failure = exception;
            }
            if (ranks.Any(failure is not null))
                ranks.Together(() => failure is null ? 0 : throw failure);
            if (!isThere)
                yield break;
            yield return item.Current;
        }
    }
}

/// <summary>A failure that all ranks know of: the first one says so, and all end.</summary>
internal sealed class AgreedException(GpuPoolException failure) : Exception(failure.Message)
{
    /// <summary>The failure.</summary>
    public GpuPoolException Failure => failure;
}
