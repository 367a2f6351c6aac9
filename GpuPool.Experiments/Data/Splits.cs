namespace GpuPool.Experiments.Data;

/// <summary>An opened data set of whatever kind: the pictures to learn from and the pictures to be judged by; both have the same classes.</summary>
public abstract record Splits
{
    /// <summary>The same with the pictures to learn from in place of those to be judged by.</summary>
    public abstract Splits TestedOnTraining { get; }

    /// <summary>The pictures to learn from, and the pictures to be judged by.</summary>
    internal abstract IReadOnlyList<IPictures> Both { get; }

    /// <summary>Numbers of pictures and classes.</summary>
    internal DataExtents Extents => new(Both[0].Count, Both[1].Count, Both[0].Classes);
}
