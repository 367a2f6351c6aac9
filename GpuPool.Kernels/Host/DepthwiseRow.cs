using System.Runtime.CompilerServices;
using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>
/// One row of a depthwise convolution, a vector of channels at a time: the nine weights of a 3x3 kernel stay in registers along the row; other
/// kernels take a general loop. The same code runs forward (x to y) and, with mirrored weights, backward at stride 1 (dy to dx).
/// </summary>
/// <remarks>Assumes what <see cref="Views.Pointer"/> promises. Channels behind the last whole vector are computed by a vector that overlaps the one before.</remarks>
internal readonly unsafe ref struct DepthwiseRow<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    private readonly T* _source, _weight, _zeros, _aside;
    private readonly int _height, _width, _channels;
    private readonly Axes _size, _stride, _padding;
    private readonly bool _mirrored;

    /// <param name="source">First map of the image.</param>
    /// <param name="height">Rows of the source.</param>
    /// <param name="width">Columns of the source.</param>
    /// <param name="weight">Weights (kh, kw, channels).</param>
    /// <param name="g">Window and channels.</param>
    /// <param name="mirrored">Whether tap (k, l) takes weight (kh - 1 - k, kw - 1 - l), and the padding is that of the gradient.</param>
    public DepthwiseRow(T* source, int height, int width, T* weight, in ConvolutionGeometry g, bool mirrored)
    {
        _source = source;
        _weight = weight;
        (_height, _width, _channels, _size, _mirrored) = (height, width, g.C, g.Size, mirrored);
        (_stride, _padding) = mirrored ? (1, new(g.Size.Height - 1 - g.Padding.Height, g.Size.Width - 1 - g.Padding.Width)) : (g.Stride, g.Padding);
        _zeros = HostScratch.Rent<T>(1, g.C + 2 * L.Count);
        _aside = _zeros + g.C + L.Count;
        new Span<T>(_zeros, g.C + L.Count).Clear();
    }

    /// <summary>Writes <paramref name="columns"/> target pixels of target row <paramref name="row"/>.</summary>
    public void Run(int row, T* target, int columns)
    {
        for (int c = 0; c < _channels; c += L.Count)
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
        V w00 = Weight(0, 0, c), w01 = Weight(0, 1, c), w02 = Weight(0, 2, c);
        V w10 = Weight(1, 0, c), w11 = Weight(1, 1, c), w12 = Weight(1, 2, c);
        V w20 = Weight(2, 0, c), w21 = Weight(2, 1, c), w22 = Weight(2, 2, c);
        int top = row * _stride.Height - _padding.Height;
        T* row0 = Row(top, c), row1 = Row(top + 1, c), row2 = Row(top + 2, c);
        bool inside = row0 is not null && row1 is not null && row2 is not null;
        nint step = _channels;
        for (int j = 0, left = -_padding.Width; j < columns; j++, left += _stride.Width)
        {
            T* a0, a1, a2, b0, b1, b2, d0, d1, d2;
            if (inside && left >= 0 && left + 2 < _width)
            {
                a0 = row0 + left * step;
                a1 = row1 + left * step;
                a2 = row2 + left * step;
                b0 = a0 + step;
                b1 = a1 + step;
                b2 = a2 + step;
                d0 = b0 + step;
                d1 = b1 + step;
                d2 = b2 + step;
            }
            else
            {
                a0 = Pixel(row0, left);
                a1 = Pixel(row1, left);
                a2 = Pixel(row2, left);
                b0 = Pixel(row0, left + 1);
                b1 = Pixel(row1, left + 1);
                b2 = Pixel(row2, left + 1);
                d0 = Pixel(row0, left + 2);
                d1 = Pixel(row1, left + 2);
                d2 = Pixel(row2, left + 2);
            }
            // Three chains of three, so that the additions overlap.
            V first = L.MultiplyAdd(L.Load(d0), w02, L.MultiplyAdd(L.Load(b0), w01, L.Multiply(L.Load(a0), w00)));
            V second = L.MultiplyAdd(L.Load(d1), w12, L.MultiplyAdd(L.Load(b1), w11, L.Multiply(L.Load(a1), w10)));
            V third = L.MultiplyAdd(L.Load(d2), w22, L.MultiplyAdd(L.Load(b2), w21, L.Multiply(L.Load(a2), w20)));
            Store(target + j * step + c, L.Add(first, L.Add(second, third)));
        }
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
    private T* Row(int row, int c) => (uint)row < (uint)_height ? _source + (long)row * _width * _channels + c : null;

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
