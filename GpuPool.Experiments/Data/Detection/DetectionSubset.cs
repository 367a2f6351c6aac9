namespace GpuPool.Experiments.Data.Detection;

/// <summary>Some pictures of a data set, under new numbers.</summary>
/// <param name="whole">All of them.</param>
/// <param name="indices">Which ones, in the new order.</param>
internal sealed class DetectionSubset(IDetectionDataset whole, IReadOnlyList<int> indices) : IDetectionDataset
{
    /// <inheritdoc/>
    public string Name => whole.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => whole.ClassNames;

    /// <inheritdoc/>
    public int Count => indices.Count;

    /// <summary>The first pictures in the order of the set, at most so many, so that a longer limit only adds some.</summary>
    public static IDetectionDataset First(IDetectionDataset whole, int limit) =>
        limit >= whole.Count ? whole : new DetectionSubset(whole, [.. Enumerable.Range(0, limit)]);

    /// <summary>A random choice, see <see cref="Subset.Drawn(IDataset, int, ulong)"/>.</summary>
    public static IDetectionDataset Drawn(IDetectionDataset whole, int count, ulong seed) => new DetectionSubset(whole, Subset.Drawn(whole.Count, count, seed));

    /// <inheritdoc/>
    public AnnotatedPicture Picture(int index) => whole.Picture(indices[index]);

    /// <inheritdoc/>
    public RgbImage Image(int index) => whole.Image(indices[index]);
}
