namespace GpuPool.Experiments.Data;

/// <summary>How a data set is opened: to be used, or to be searched for faults.</summary>
/// <param name="Report">Is told of each fault, and throws it or notes it; when it returns, reading goes on behind the fault.</param>
/// <param name="CacheBytes">Decoded pictures that are kept, at most.</param>
internal sealed record Reading(Action<GpuPoolException> Report, long CacheBytes)
{
    /// <summary>Is told of files that are left out without being faulty; by default nobody is.</summary>
    public Action<DataFault> LeftOut { get; init; } = static _ => { };

    /// <summary>Whether pictures and objects are opened from which nothing would be learnt; they may be faulty, too.</summary>
    public bool KeepsAll { get; init; }

    /// <summary>What decodes the pictures.</summary>
    public DecoderChoice Decoder { get; init; }

    /// <summary>To be used: the first fault is thrown.</summary>
    public static Reading Strict { get; } = new(static fault => throw fault, ImageCache.DefaultCapacityBytes);

    /// <summary>What <paramref name="read"/> gives; if it has a fault, and reading goes on, <paramref name="otherwise"/>.</summary>
    public T Attempt<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (GpuPoolException fault)
        {
            Report(fault);
            return otherwise;
        }
    }
}
