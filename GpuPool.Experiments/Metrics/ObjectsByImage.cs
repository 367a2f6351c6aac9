namespace GpuPool.Experiments.Metrics;

/// <summary>Objects of one category, those of each picture side by side in their order.</summary>
internal sealed class ObjectsByImage
{
    private readonly GroundTruthBox[] _objects;
    private readonly int[] _starts;

    public ObjectsByImage(int images, IEnumerable<GroundTruthBox> objects)
    {
        _objects = [.. objects.OrderBy(item => item.Image)];
        _starts = new int[images + 1];
        foreach (GroundTruthBox item in _objects)
            _starts[item.Image + 1]++;
        for (int image = 0; image < images; image++)
            _starts[image + 1] += _starts[image];
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<GroundTruthBox> All => _objects;

    /// <summary>Index in <see cref="All"/> of a picture's first, and of the next picture's first.</summary>
    public (int First, int End) In(int image) => (_starts[image], _starts[image + 1]);
}
