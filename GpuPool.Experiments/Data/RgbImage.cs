using System.Buffers;

namespace GpuPool.Experiments.Data;

/// <summary>An upright 8-bit sRGB picture: red, green and blue bytes interleaved, row by row from the top left corner.</summary>
/// <remarks>
/// A decoded picture lies in rented memory, since a new array of its size for each would cost as much time in page faults as decoding does: who asked for
/// it disposes of it. A picture that owns its bytes, as one that a data set keeps, is not changed by that.
/// </remarks>
public sealed class RgbImage : IDisposable
{
    private readonly bool _isRented;
    private byte[]? _bytes;

    /// <summary>Wraps <paramref name="pixels"/>, <c>3 * width * height</c> bytes, without a copy.</summary>
    public RgbImage(byte[] pixels, int width, int height) : this(pixels, width, height, isRented: false) =>
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.LongLength, 3L * width * height, nameof(pixels));

    private RgbImage(byte[] bytes, int width, int height, bool isRented)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        (_bytes, Width, Height, _isRented) = (bytes, width, height, isRented);
    }

    /// <summary>The bytes; nobody writes to them once the picture is made.</summary>
    /// <exception cref="ObjectDisposedException">They were given back.</exception>
    public ReadOnlySpan<byte> Pixels => Bytes;

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    private Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return _bytes.AsSpan(0, 3 * Width * Height);
        }
    }

    /// <summary>A picture in rented memory, with the span to write its bytes to.</summary>
    internal static RgbImage Rent(int width, int height, out Span<byte> pixels)
    {
        var image = new RgbImage(ArrayPool<byte>.Shared.Rent(3 * width * height), width, height, isRented: true);
        pixels = image.Bytes;
        return image;
    }

    /// <summary>The bytes of one row.</summary>
    public ReadOnlySpan<byte> Row(int y) => Pixels.Slice(3 * Width * y, 3 * Width);

    /// <summary>A copy that owns its bytes, to be kept.</summary>
    internal RgbImage Copy() => new(Pixels.ToArray(), Width, Height);

    /// <summary>Gives rented memory back.</summary>
    public void Dispose()
    {
        if (_isRented && Interlocked.Exchange(ref _bytes, null) is { } bytes)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
