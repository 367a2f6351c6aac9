using System.Numerics;
using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>
/// Two neighbouring rows of a depthwise 3x3 convolution of stride 1 and padding 1, a vector of channels at a time, with bias and bounds: forward, and with mirrored weights from dy to dx. The nine weights and three columns of
/// four source rows stay in registers: each pixel is read once for both rows, where <see cref="DepthwiseRow{T, V, L}"/> reads it nine times.
/// </summary>
/// <remarks>Assumes what <see cref="Views.Pointer"/> promises. Channels behind the last whole vector are computed by a vector that overlaps the one before.</remarks>
internal static unsafe class DepthwisePair<T, V, L> where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>Whether it is of this kind, with a whole vector of channels.</summary>
    public static bool Suits(in ConvolutionGeometry g) => g.Size == 3 && g.Stride == 1 && g.Padding == 1 && g.C >= L.Count;

    /// <summary>Rows from <paramref name="row"/> on that are computed at a time, of so many that are left.</summary>
    public static int Rows(in ConvolutionGeometry g, int row, int left) => Suits(g) ? Math.Min(2, Math.Min(left, g.H - row)) : 1;

    /// <summary>Writes one row or two.</summary>
    /// <param name="g">Window and extents.</param>
    /// <param name="source">The image, with the row before these and the row behind them.</param>
    /// <param name="weight">Weights (3, 3, channels).</param>
    /// <param name="mirrored">Whether tap (k, l) takes weight (2 - k, 2 - l).</param>
    /// <param name="bias">Added to each channel; null for nothing.</param>
    /// <param name="bounds">Bounds of the results.</param>
    /// <param name="target">The first row.</param>
    /// <param name="row">Its number.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="channels">Channels that are computed: all, or whole vectors of a map of whole vectors.</param>
    public static void Run(
        in ConvolutionGeometry g, in MapRows<T, V, L> source, T* weight, bool mirrored, T* bias, (T Lower, T Upper) bounds, T* target, int row, int rows, Interval channels)
    {
        T* zeros = HostScratch.Zeros<T>(g.C);
        // Rows outside of the map are one pixel of zeros again and again.
        bool above = row > 0, below = row + 1 < g.H, farBelow = rows == 2 && row + 2 < g.H;
        T* x1 = source.Row(row), x0 = above ? source.Row(row - 1) : zeros, x2 = below ? source.Row(row + 1) : zeros, x3 = farBelow ? source.Row(row + 2) : zeros;
        nint step0 = above ? g.C : 0, step2 = below ? g.C : 0, step3 = farBelow ? g.C : 0, pitch = mirrored ? -g.C : g.C;
        T* weights = mirrored ? weight + 8 * g.C : weight, second = rows == 2 ? target + g.W * g.C : null;
        bias = bias is null ? zeros : bias;
        for (int block = channels.First; block < channels.End; block += L.Count)
        {
            int c = Math.Min(block, g.C - L.Count);
            Channels(x0 + c, x1 + c, x2 + c, x3 + c, step0, g.C, step2, step3, weights + c, pitch, bias + c, bounds.Lower, bounds.Upper, target + c, second is null ? null : second + c, g.W);
        }
    }

    // No call may stand in this method: around one the JIT compiler keeps all vectors in memory, within the loop too.
    private static void Channels(
        T* x0, T* x1, T* x2, T* x3, nint step0, nint step, nint step2, nint step3, T* w, nint pitch, T* bias, T lower, T upper, T* first, T* second, int columns)
    {
        V w00 = L.Load(w), w01 = L.Load(w + pitch), w02 = L.Load(w + 2 * pitch);
        V w10 = L.Load(w + 3 * pitch), w11 = L.Load(w + 4 * pitch), w12 = L.Load(w + 5 * pitch);
        V w20 = L.Load(w + 6 * pitch), w21 = L.Load(w + 7 * pitch), w22 = L.Load(w + 8 * pitch);
        V start = L.Load(bias), low = L.Broadcast(lower), high = L.Broadcast(upper);
        V a0 = L.Zero, a1 = L.Zero, a2 = L.Zero, a3 = L.Zero;
        V b0 = L.Load(x0), b1 = L.Load(x1), b2 = L.Load(x2), b3 = L.Load(x3);
        nint y = 0;
        for (int j = 1; j <= columns; j++, y += step)
        {
            x0 += step0;
            x1 += step;
            x2 += step2;
            x3 += step3;
            bool isInside = j < columns;
            V d0 = isInside ? L.Load(x0) : L.Zero, d1 = isInside ? L.Load(x1) : L.Zero, d2 = isInside ? L.Load(x2) : L.Zero, d3 = isInside ? L.Load(x3) : L.Zero;
            V top = L.MultiplyAdd(d0, w02, L.MultiplyAdd(b0, w01, L.MultiplyAdd(a0, w00, start)));
            V middle = L.MultiplyAdd(d1, w12, L.MultiplyAdd(b1, w11, L.Multiply(a1, w10)));
            V bottom = L.MultiplyAdd(d2, w22, L.MultiplyAdd(b2, w21, L.Multiply(a2, w20)));
            L.Store(first + y, L.Min(high, L.Max(low, L.Add(top, L.Add(middle, bottom)))));
            if (second is not null)
            {
                top = L.MultiplyAdd(d1, w02, L.MultiplyAdd(b1, w01, L.MultiplyAdd(a1, w00, start)));
                middle = L.MultiplyAdd(d2, w12, L.MultiplyAdd(b2, w11, L.Multiply(a2, w10)));
                bottom = L.MultiplyAdd(d3, w22, L.MultiplyAdd(b3, w21, L.Multiply(a3, w20)));
                L.Store(second + y, L.Min(high, L.Max(low, L.Add(top, L.Add(middle, bottom)))));
            }
            (a0, a1, a2, a3) = (b0, b1, b2, b3);
            (b0, b1, b2, b3) = (d0, d1, d2, d3);
        }
    }
}
