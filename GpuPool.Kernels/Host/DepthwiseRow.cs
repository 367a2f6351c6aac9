using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>
/// One row of a depthwise convolution, a vector of channels at a time: the nine weights of a 3x3 kernel stay in registers along the row; other
/// kernels take a general loop. The same code runs forward (x to y) and, with mirrored weights, backward at stride 1 (dy to dx).
/// </summary>
/// <remarks>Assumes what <see cref="Views.Pointer"/> promises. Channels behind the last whole vector are computed by a vector that overlaps the one before.</remarks>
internal readonly unsafe ref struct DepthwiseRow<T, V, L> where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
{
    private const int AsideSlot = 1;

    private readonly MapRows<T, V, L> _source;
    private readonly T* _weight, _zeros, _aside;
    private readonly int _height, _width, _channels;
    private readonly Axes _size, _stride, _padding;
    private readonly bool _mirrored;

    /// <param name="source">The image, with the rows that are needed.</param>
    /// <param name="height">Rows of the source.</param>
    /// <param name="width">Columns of the source.</param>
    /// <param name="weight">Weights (kh, kw, channels).</param>
    /// <param name="g">Window and channels.</param>
    /// <param name="mirrored">Whether tap (k, l) takes weight (kh - 1 - k, kw - 1 - l), and the padding is that of the gradient.</param>
    public DepthwiseRow(in MapRows<T, V, L> source, int height, int width, T* weight, in ConvolutionGeometry g, bool mirrored)
    {
        _source = source;
        _weight = weight;
        (_height, _width, _channels, _size, _mirrored) = (height, width, g.C, g.Size, mirrored);
        (_stride, _padding) = mirrored ? (1, new(g.Size.Height - 1 - g.Padding.Height, g.Size.Width - 1 - g.Padding.Width)) : (g.Stride, g.Padding);
        _zeros = HostScratch.Zeros<T>(g.C);
        _aside = HostScratch.Rent<T>(AsideSlot, L.Count);
    }

    /// <summary>Writes <paramref name="columns"/> target pixels of target row <paramref name="row"/>: all channels, or whole vectors of a map of whole vectors.</summary>
    public void Run(int row, T* target, int columns, Interval channels)
    {
        for (int c = channels.First; c < channels.End; c += L.Count)
        {
            int channel = Math.Min(c, Math.Max(0, _channels - L.Count));
            if (_size == 3)
                Three(row, channel, target, columns);
            else
                Any(row, channel, target, columns);
        }
    }

    private void Three(int row, int c, T* target, int columns)
    {
        int top = row * _stride.Height - _padding.Height;
        T* row0 = Row(top, c), row1 = Row(top + 1, c), row2 = Row(top + 2, c);
        Interval inside = WholeWindows(columns);
        nint step = _channels, pitch = _mirrored ? -step : step;
        T* weights = _mirrored ? _weight + 8 * step + c : _weight + c;
        for (int j = 0; j < inside.First; j++)
            ThreeAtEdge(row0, row1, row2, j, weights, pitch, target + j * step + c);
        // A row outside the map is one pixel of zeros that is not left.
        nint step0 = row0 is null ? 0 : step, step1 = row1 is null ? 0 : step, step2 = row2 is null ? 0 : step, left = inside.First * _stride.Width - _padding.Width;
        Three((row0 is null ? _zeros : row0) + left * step0, (row1 is null ? _zeros : row1) + left * step1, (row2 is null ? _zeros : row2) + left * step2,
            step0, step1, step2, _stride.Width, weights, pitch, target + inside.First * step + c, step, inside.Length);
        for (int j = inside.End; j < columns; j++)
            ThreeAtEdge(row0, row1, row2, j, weights, pitch, target + j * step + c);
    }

    /// <summary>Target pixels of a row whose windows lie within the columns of the map; none where a whole vector would not fit into the channels.</summary>
    private Interval WholeWindows(int columns)
    {
        if (_channels < L.Count)
            return new Interval(columns, columns);
        int start = Math.Clamp((_padding.Width + _stride.Width - 1) / _stride.Width, 0, columns), last = _width - 3 + _padding.Width;
        return new Interval(start, last < 0 ? start : Math.Clamp(last / _stride.Width + 1, start, columns));
    }

    // No call may stand in this method: around one the JIT compiler keeps all vectors in memory, within the loop too.
    private static void Three(
        T* row0, T* row1, T* row2, nint step0, nint step1, nint step2, nint stride, T* weights, nint pitch, T* target, nint step, int count)
    {
        V w00 = L.Load(weights), w01 = L.Load(weights + pitch), w02 = L.Load(weights + 2 * pitch);
        weights += 3 * pitch;
        V w10 = L.Load(weights), w11 = L.Load(weights + pitch), w12 = L.Load(weights + 2 * pitch);
        weights += 3 * pitch;
        V w20 = L.Load(weights), w21 = L.Load(weights + pitch), w22 = L.Load(weights + 2 * pitch);
        nint advance0 = step0 * stride, advance1 = step1 * stride, advance2 = step2 * stride;
        for (; count > 0; count--)
        {
            // Three chains of three, so that the additions overlap.
            V first = L.MultiplyAdd(L.Load(row0 + 2 * step0), w02, L.MultiplyAdd(L.Load(row0 + step0), w01, L.Multiply(L.Load(row0), w00)));
            V second = L.MultiplyAdd(L.Load(row1 + 2 * step1), w12, L.MultiplyAdd(L.Load(row1 + step1), w11, L.Multiply(L.Load(row1), w10)));
            V third = L.MultiplyAdd(L.Load(row2 + 2 * step2), w22, L.MultiplyAdd(L.Load(row2 + step2), w21, L.Multiply(L.Load(row2), w20)));
            L.Store(target, L.Add(first, L.Add(second, third)));
            row0 += advance0;
            row1 += advance1;
            row2 += advance2;
            target += step;
        }
    }

    // The same sums with zeros for the columns outside the map.
    private void ThreeAtEdge(T* row0, T* row1, T* row2, int j, T* weights, nint pitch, T* target)
    {
        int left = j * _stride.Width - _padding.Width;
        V first = OfRow(row0, left, weights, pitch), second = OfRow(row1, left, weights + 3 * pitch, pitch), third = OfRow(row2, left, weights + 6 * pitch, pitch);
        Store(target, L.Add(first, L.Add(second, third)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V OfRow(T* row, int left, T* weights, nint pitch)
    {
        V sum = L.Multiply(L.Load(Pixel(row, left)), L.Load(weights));
        sum = L.MultiplyAdd(L.Load(Pixel(row, left + 1)), L.Load(weights + pitch), sum);
        return L.MultiplyAdd(L.Load(Pixel(row, left + 2)), L.Load(weights + 2 * pitch), sum);
    }

    private void Any(int row, int c, T* target, int columns)
    {
        for (int j = 0; j < columns; j++)
        {
            V sum = L.Zero;
            for (int k = 0; k < _size.Height; k++)
            {
                T* source = Row(row * _stride.Height - _padding.Height + k, c);
                for (int l = 0; l < _size.Width; l++)
                    sum = L.MultiplyAdd(L.Load(Pixel(source, j * _stride.Width - _padding.Width + l)), Weight(k, l, c), sum);
            }
            Store(target + (long)j * _channels + c, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V Weight(int k, int l, int c) => L.Load(_weight + (_mirrored ? _size.Area - 1 - (k * _size.Width + l) : k * _size.Width + l) * _channels + c);

    /// <summary>Channel c of the first pixel of a source row, or null outside the map.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* Row(int row, int c) => (uint)row < (uint)_height ? _source.Row(row) + c : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* Pixel(T* row, int column) => row is not null && (uint)column < (uint)_width ? row + (long)column * _channels : _zeros;

    // Fewer channels than lanes: a whole vector would run into the next pixel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(T* target, V value)
    {
        bool whole = _channels >= L.Count;
        L.Store(whole ? target : _aside, value);
        for (int channel = whole ? _channels : 0; channel < _channels; channel++)
            target[channel] = _aside[channel];
    }
}
