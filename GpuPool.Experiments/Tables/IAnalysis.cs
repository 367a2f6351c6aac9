namespace GpuPool.Experiments.Tables;

/// <summary>A table that is computed by analysis: nothing is trained, so that it is the same at every preset and on every machine.</summary>
/// <typeparam name="TRow">A record whose properties are the columns of the CSV.</typeparam>
internal interface IAnalysis<out TRow> where TRow : class
{
    /// <summary>Name on the command line and of its file.</summary>
    string Id { get; }

    /// <summary>What the table shows.</summary>
    string Title { get; }

    /// <summary>The rows in order, counted anew at each call.</summary>
    IReadOnlyList<TRow> Count();
}
