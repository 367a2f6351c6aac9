namespace GpuPool.Experiments.Data;

/// <summary>Deals a data set out in batches, prepared in the background while the consumer computes.</summary>
/// <remarks>
/// The order of an epoch depends on (seed, epoch) and the crop and flip of a picture on (seed, epoch, picture), by counter-based random numbers:
/// neither on the number of threads nor on the batch at which the epoch is entered.
/// </remarks>
/// <typeparam name="TBatch">What a task makes of some pictures.</typeparam>
internal sealed class BatchLoader<TBatch>
{
    // Two streams of random numbers of this loader; other users of the same seed use other streams.
    private const uint OrderStream = 0xDA7A0001, AugmentationStream = 0xDA7A0002;

    private readonly IBatchSource<TBatch> _source;
    private readonly BatchOptions _options;
    private readonly int _picturesOfStep, _batchesOfPass;

    /// <summary>A loader; it holds no thread until an epoch is enumerated.</summary>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: there is not one batch in the data set.</exception>
    public BatchLoader(IBatchSource<TBatch> source, BatchOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Ahead, nameof(options));
        (_source, _options) = (source, options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Passes, nameof(options));
        _picturesOfStep = options.Ranks * options.BatchSize;
        _batchesOfPass = options.Training ? source.Count / _picturesOfStep : (source.Count + _picturesOfStep - 1) / _picturesOfStep;
        Batches = options.Passes * _batchesOfPass;
        if (Batches == 0)
        {
            throw new GpuPoolException(ExitCode.Configuration,
                $"{source.Name} has {source.Count} pictures, fewer than a batch of {_picturesOfStep}", "Take a smaller batch or more pictures.");
        }
    }

    /// <summary>Batches in an epoch.</summary>
    public int Batches { get; }

    /// <summary>
    /// The batches of an epoch, in order, from <paramref name="firstBatch"/> on. Leaving the enumeration, early or not, stops the background threads
    /// before it returns. A batch may lend its memory: it is valid until the next one is asked for.
    /// </summary>
    /// <exception cref="GpuPoolException">A picture could not be read; the message names its file.</exception>
    public IEnumerable<TBatch> Epoch(int epoch, int firstBatch = 0)
    {
        (int[] order, int ordered) = ([], -1);
        using var stop = new CancellationTokenSource();
        var ahead = new Queue<Task<TBatch>>();
        TaskScheduler threads = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, _options.Threads).ConcurrentScheduler;
        try
        {
            for (int next = firstBatch; next < Batches || ahead.Count > 0;)
            {
                for (; next < Batches && ahead.Count < _options.Ahead; next++)
                {
                    // Passes are counted through all epochs, from 1.
                    int pass = (epoch - 1) * _options.Passes + next / _batchesOfPass + 1;
                    if (pass != ordered)
                        (order, ordered) = (Order(pass), pass);
                    int first = First(next % _batchesOfPass), end = Math.Min(first + _options.BatchSize, order.Length);
                    int[] pictures = order[first..end];
                    RandomSequence Augmentation(int picture) => new(_options.Seed, AugmentationStream, (uint)pass, (uint)picture);
                    TBatch Work() => _source.Collate(pictures, Augmentation, stop.Token);
                    ahead.Enqueue(Task.Factory.StartNew(Work, stop.Token, TaskCreationOptions.None, threads));
                }
                TBatch batch = ahead.Dequeue().GetAwaiter().GetResult();
                yield return batch;
                _source.Recycle(batch);
            }
        }
        finally
        {
            stop.Cancel();
            // What these tasks end with concerns nobody any more; that they have ended does.
            Task.WhenAll(ahead).ContinueWith(static _ => { }, TaskScheduler.Default).Wait();
        }
    }

    // Processes take the batches of a step side by side; of archives each takes a part of its own of the order, so that no two read the same ones.
    private int First(int batch) => _options.BatchSize * (_source.Shards == 1 ? batch * _options.Ranks + _options.Rank : _options.Rank * _batchesOfPass + batch);

    private int[] Order(int pass) => _options.Training
        ? ShuffledOrder.Of(_source.Count, _source.Shards, _source.Shard, new RandomSequence(_options.Seed, OrderStream, (uint)pass, 0))
        : [.. Enumerable.Range(0, _source.Count)];
}
