using System.Collections.Concurrent;

namespace GpuPool.Experiments.Data;

/// <summary>Decoded image files up to a number of bytes, so that later epochs do not decode again.</summary>
/// <remarks>
/// First come, first kept: once full, nothing is evicted. Each epoch touches every picture once, in a new order; there a cache that evicts the
/// least recently used would throw out just what comes next, while this one answers its share of the requests in each epoch. Pictures stay at full
/// size, because crops are taken from the original and sampled once. 512 MB hold 3,400 pictures of 224 x 224; the rest is decoded each time, some
/// 2,300 a second and core.
/// </remarks>
/// <param name="capacityBytes">Bytes of pixels that are kept, at most.</param>
/// <param name="decoder">What decodes the files.</param>
internal sealed class ImageCache(long capacityBytes, DecoderChoice decoder)
{
    public const long DefaultCapacityBytes = 512L << 20;

    private readonly ConcurrentDictionary<string, RgbImage> _kept = new(StringComparer.Ordinal);
    private long _freeBytes = capacityBytes;

    /// <summary>The decoded file; the caller disposes of it, which a picture that is kept does not mind.</summary>
    public RgbImage Get(string path) => Get(path, () => ImageDecoder.Read(path));

    /// <summary>As above, of a file that lies within another.</summary>
    /// <param name="path">Its name, for messages too.</param>
    /// <param name="read">Reads it.</param>
    public RgbImage Get(string path, Func<byte[]> read)
    {
        if (_kept.TryGetValue(path, out RgbImage? kept))
            return kept;
        RgbImage image = ImageDecoder.Decode(read(), path, decoder);
        int bytes = image.Pixels.Length;
        if (Interlocked.Add(ref _freeBytes, -bytes) >= 0)
        {
            RgbImage copy = image.Copy();
            if (_kept.TryAdd(path, copy))
            {
                image.Dispose();
                return copy;
            }
        }
        Interlocked.Add(ref _freeBytes, bytes);
        return image;
    }
}
