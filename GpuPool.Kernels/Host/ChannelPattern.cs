namespace GpuPool.Kernels.Host;

/// <summary>
/// Per-channel coefficients repeated until a whole number of vectors is full, so that a map of any number of channels is one stream of vectors:
/// element i of the map meets element i mod <see cref="Length"/> of the pattern.
/// </summary>
internal static class ChannelPattern
{
    // A tile of elements: some rows of a map, of which each starts a pattern anew.
    private const int TileElements = 16384;

    /// <summary>The least common multiple of channels and lanes.</summary>
    public static int Length(int channels, int lanes)
    {
        int a = channels, b = lanes;
        while (b != 0)
            (a, b) = (b, a % b);
        return channels / a * lanes;
    }

    /// <summary>Repeats the first <paramref name="channels"/> elements over the whole pattern.</summary>
    public static unsafe void Repeat<T>(T* pattern, int channels, int length) where T : unmanaged
    {
        for (int i = channels; i < length; i++)
            pattern[i] = pattern[i - channels];
    }

    public static int Tiles(int elements, int channels) => (elements / channels + TileRows(channels) - 1) / TileRows(channels);

    public static (int Start, int End) Range(int tile, int elements, int channels) =>
        (tile * TileRows(channels) * channels, Math.Min(elements, (tile + 1) * TileRows(channels) * channels));

    private static int TileRows(int channels) => Math.Max(1, TileElements / channels);
}
