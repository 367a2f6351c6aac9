namespace GpuPool.Experiments.Data;

/// <summary>Some pictures of a data set, under new numbers in the old order.</summary>
public sealed class Subset : IDataset
{
    // A stream of random numbers of its own, beside those of the loader.
    private const uint DrawnStream = 0xDA7A0003;

    private readonly IDataset _whole;
    private readonly int[] _indices;

    private Subset(IDataset whole, int[] indices) => (_whole, _indices) = (whole, indices);

    /// <inheritdoc/>
    public string Name => _whole.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _whole.ClassNames;

    /// <inheritdoc/>
    public int Count => _indices.Length;

    /// <inheritdoc/>
    public double MinimumCropScale => _whole.MinimumCropScale;

    /// <inheritdoc/>
    public int Shards => _whole.Shards;

    /// <summary>
    /// The first <paramref name="limit"/> pictures when the classes are dealt in turn: the first of each class, then the second of each, and so on.
    /// So each class has the same number, up to one, as long as it has enough; a longer limit only adds pictures.
    /// </summary>
    public static IDataset Balanced(IDataset whole, int limit)
    {
        if (limit >= whole.Count)
            return whole;
        int[] dealt = new int[whole.Classes];
        (int Round, int Index)[] deals = [.. Enumerable.Range(0, whole.Count).Select(index => (dealt[whole.Label(index)]++, index))];
        return new Subset(whole, [.. deals.Order().Take(limit).Select(deal => deal.Index).Order()]);
    }

    /// <summary>A random <paramref name="count"/> of the pictures, each choice equally likely; all of them where there are no more.</summary>
    public static IDataset Drawn(IDataset whole, int count, ulong seed) => new Subset(whole, Drawn(whole.Count, count, seed));

    /// <summary>Which pictures are drawn of so many, in their order.</summary>
    internal static int[] Drawn(int whole, int count, ulong seed)
    {
        int[] indices = [.. Enumerable.Range(0, whole)];
        new RandomSequence(seed, DrawnStream, 0, 0).Shuffle(indices);
        return [.. indices.Take(count).Order()];
    }

    /// <inheritdoc/>
    public int Shard(int index) => _whole.Shard(_indices[index]);

    /// <inheritdoc/>
    public int Label(int index) => _whole.Label(_indices[index]);

    /// <inheritdoc/>
    public string FileName(int index) => _whole.FileName(_indices[index]);

    /// <inheritdoc/>
    public RgbImage Image(int index) => _whole.Image(_indices[index]);
}
