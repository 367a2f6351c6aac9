using System.Globalization;

namespace GpuPool.Experiments.Data.Sharding;

/// <summary>One split of a data set whose image files lie together in tar archives, <c>FOLDER/SPLIT-00000.tar</c> and on, with an index, <c>FOLDER/SPLIT.tsv</c>.</summary>
/// <remarks>
/// An archive is read as a whole when a picture of it is asked for, and kept until others have taken its place. In training each is read once a pass, since pictures are dealt
/// out of a few archives at a time (<see cref="ShuffledOrder"/>).
/// </remarks>
internal sealed class ShardedDataset : IImageFiles
{
    /// <summary>The split to learn from.</summary>
    public const string Train = "train";

    /// <summary>The split to be judged by.</summary>
    public const string Test = "val";

    // More archives than are dealt out at a time: batches that are prepared ahead may be one further. Of small ones many fit into this memory.
    private const int LeastKept = ShuffledOrder.ShardsAtOnce + 2;
    private const long KeptBytes = 64L << 20;

    private readonly string _folder, _split;
    private readonly ShardIndex _index;
    private readonly ImageCache _cache;
    private readonly List<(int Number, Lazy<Shard> Shard)> _kept = [];
    private readonly int _mostKept;

    private ShardedDataset(string folder, string split, IReadOnlyList<string>? classNames, ImageCache cache)
    {
        (_folder, _split, _cache) = (folder, split, cache);
        _index = new ShardIndex(IndexOf(folder, split), classNames);
        _mostKept = (int)Math.Max(LeastKept, KeptBytes / Math.Max(1, _index.MeanShardBytes));
    }

    /// <inheritdoc/>
    public string Name => $"shards {_split}";

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _index.ClassNames;

    /// <inheritdoc/>
    public int Count => _index.Count;

    /// <inheritdoc/>
    public int Shards => _index.Shards;

    /// <summary>Archives read so far, those that were read again included.</summary>
    public int Reads { get; private set; }

    /// <summary>Opens both splits.</summary>
    /// <exception cref="GpuPoolException">An index is missing (10), or is not what it should be (11).</exception>
    public static DatasetSplits Open(string folder, Reading reading)
    {
        DataFile.CheckFolder(folder);
        var cache = new ImageCache(reading.CacheBytes, reading.Decoder);
        var train = new ShardedDataset(folder, Train, null, cache);
        return new DatasetSplits(train, new ShardedDataset(folder, Test, train.ClassNames, cache));
    }

    /// <summary>The index of a split.</summary>
    public static string IndexOf(string folder, string split) => Path.Combine(folder, $"{split}.tsv");

    /// <summary>An archive of a split.</summary>
    public static string ArchiveOf(string folder, string split, int shard) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{split}-{shard:D5}.tar"));

    /// <inheritdoc/>
    public int Shard(int index) => _index.Shard(index);

    /// <inheritdoc/>
    public int Label(int index) => _index.Label(index);

    /// <inheritdoc/>
    public string FileName(int index) => _index.Name(index);

    /// <inheritdoc/>
    public RgbImage Image(int index)
    {
        int shard = _index.Shard(index);
        return _cache.Get($"{ArchiveOf(_folder, _split, shard)}/{_index.Name(index)}", () => File(index));
    }

    /// <inheritdoc/>
    public byte[] File(int index) => Opened(_index.Shard(index)).File(_index.Name(index), _index.Offset(index), _index.Length(index));

    // Whoever asks first reads it, and others wait for it.
    private Shard Opened(int number)
    {
        Lazy<Shard> shard;
        lock (_kept)
        {
            int place = _kept.FindIndex(entry => entry.Number == number);
            shard = place >= 0 ? _kept[place].Shard : new Lazy<Shard>(() => new Shard(ArchiveOf(_folder, _split, number)));
            if (place >= 0)
                _kept.RemoveAt(place);
            else
                Reads++;
            if (_kept.Count == _mostKept)
                _kept.RemoveAt(0);
            _kept.Add((number, shard));
        }
        return shard.Value;
    }
}
