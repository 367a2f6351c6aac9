using System.Numerics;
using System.Runtime.CompilerServices;

namespace GpuPool.Kernels.Host;

/// <summary>
/// Rows of a map for windows that move down over one image after the other: where they stand, or, of a map that is computed as it is read, in a ring of a few rows, which stay in
/// the second-level cache and are computed once.
/// </summary>
internal unsafe struct MapRows<T, V, L> where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
{
    private readonly T* _map = null;
    private readonly Normalisation<T> _normalisation;
    private readonly int _height, _width, _channels, _pitch;
    private int _image = -1, _end;

    /// <param name="map">The map, or what it is computed from.</param>
    /// <param name="normalisation">How it is computed.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="most">Most rows that are needed at a time.</param>
    /// <param name="slot">Scratch for the ring.</param>
    public MapRows(T* map, in Normalisation<T> normalisation, int height, int width, int channels, int most, int slot)
    {
        this = normalisation.Exists ? new(width, channels, most, slot) : new(map, width, channels);
        _map = map;
        (_normalisation, _height) = (normalisation, height);
    }

    /// <summary>A single image, in memory.</summary>
    public MapRows(T* image, int width, int channels)
    {
        Source = image;
        (Mask, _width, _channels, _pitch) = (-1, width, channels, width * channels);
    }

    /// <summary>A ring for the rows of an image that the caller makes.</summary>
    public MapRows(int width, int channels, int most, int slot)
    {
        (_width, _channels) = (width, channels);
        Mask = (int)BitOperations.RoundUpToPowerOf2((uint)most) - 1;
        // What is computed ends with a whole vector, which must not run into the next row.
        _pitch = RowBlocks.Pitch(width * channels + L.Count);
        Source = HostScratch.Rent<T>(slot, (Mask + 1) * _pitch);
    }

    /// <summary>Where row 0 is.</summary>
    public T* Source { get; private set; }

    /// <summary>The bits of a row's number that say where it is.</summary>
    public int Mask { get; }

    /// <summary>The elements of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T* Row(int row) => Source + (long)(row & Mask) * _pitch;

    /// <summary>Makes those of the rows [first, end) of an image that exist be there; within an image, first never decreases.</summary>
    public void Move(int image, int first, int end)
    {
        if (Mask == -1)
        {
            Source = _map + (long)image * _height * _width * _channels;
            return;
        }
        (int row, _image) = (Math.Max(first, image == _image ? _end : 0), image);
        for (_end = Math.Max(row, Math.Min(end, _height)); row < _end; row++)
            _normalisation.Read<V, L>(_map, _channels, ((long)image * _height + row) * _width, _width, 0, _channels, Row(row), _channels);
    }
}
