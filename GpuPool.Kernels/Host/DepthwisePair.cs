using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>
/// Two neighbouring rows of a depthwise 3x3 convolution of stride 1 and padding 1, a vector of channels at a time, with bias and bounds. The nine weights and three columns of
/// four source rows stay in registers: each pixel is read once for both rows, where <see cref="DepthwiseRow{T, V, L}"/> reads it nine times.
/// </summary>
/// <remarks>Assumes what <see cref="Views.Pointer"/> promises. Channels behind the last whole vector are computed by a vector that overlaps the one before.</remarks>
internal static unsafe class DepthwisePair<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    /// <summary>Whether it is of this kind, with a whole vector of channels.</summary>
    public static bool Suits(in ConvolutionGeometry g) => g.Size == 3 && g.Stride == 1 && g.Padding == 1 && g.C >= L.Count;

    /// <summary>Writes rows <paramref name="row"/> and the next one, where there is one, of one map.</summary>
    public static void Run(in ConvolutionGeometry g, T* source, T* weight, T* bias, T lower, T upper, T* target, int row)
    {
        T* zeros = HostScratch.Zeros<T>(g.C);
        int pitch = g.W * g.C;
        // Rows outside of the map are one pixel of zeros again and again.
        T* x1 = source + (long)row * pitch, x0 = row > 0 ? x1 - pitch : zeros, x2 = row + 1 < g.H ? x1 + pitch : zeros, x3 = row + 2 < g.H ? x1 + 2 * pitch : zeros;
        nint step0 = row > 0 ? g.C : 0, step2 = row + 1 < g.H ? g.C : 0, step3 = row + 2 < g.H ? g.C : 0;
        T* first = target + (long)row * pitch, second = row + 1 < g.H ? first + pitch : null;
        for (int block = 0; block < g.C; block += L.Count)
        {
            int c = Math.Min(block, g.C - L.Count);
            Channels(x0 + c, x1 + c, x2 + c, x3 + c, step0, g.C, step2, step3, weight + c, bias + c, lower, upper, first + c, second is null ? null : second + c, g.W);
        }
    }

    // No call may stand in this method: around one the JIT compiler keeps all vectors in memory, within the loop too.
    private static void Channels(
        T* x0, T* x1, T* x2, T* x3, nint step0, nint step, nint step2, nint step3, T* w, T* bias, T lower, T upper, T* first, T* second, int columns)
    {
        V w00 = L.Load(w), w01 = L.Load(w + step), w02 = L.Load(w + 2 * step);
        V w10 = L.Load(w + 3 * step), w11 = L.Load(w + 4 * step), w12 = L.Load(w + 5 * step);
        V w20 = L.Load(w + 6 * step), w21 = L.Load(w + 7 * step), w22 = L.Load(w + 8 * step);
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
