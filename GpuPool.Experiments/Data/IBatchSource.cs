namespace GpuPool.Experiments.Data;

/// <summary>Pictures of one split, numbered from 0, that can be put together to batches.</summary>
/// <typeparam name="TBatch">What a task makes of some pictures.</typeparam>
internal interface IBatchSource<TBatch>
{
    /// <summary>Set and split.</summary>
    string Name { get; }

    /// <summary>Number of pictures.</summary>
    int Count { get; }

    /// <inheritdoc cref="IPictures.Shards"/>
    int Shards => 1;

    /// <inheritdoc cref="IPictures.Shard"/>
    int Shard(int picture) => 0;

    /// <summary>Reads pictures and puts them together; called from several threads at once.</summary>
    /// <param name="pictures">Their numbers.</param>
    /// <param name="random">Random numbers for a picture, the same in whatever batch it is.</param>
    /// <param name="stop">Asks to end early.</param>
    /// <exception cref="GpuPoolException">A picture could not be read; the message names its file.</exception>
    TBatch Collate(ReadOnlySpan<int> pictures, Func<int, RandomSequence> random, CancellationToken stop);

    /// <summary>Takes the memory of a batch back, of which nothing is used any more; by default it is left to the collector.</summary>
    void Recycle(TBatch batch) { }
}
