using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>
/// Two neighbouring rows of a depthwise 3x3 convolution of stride 1 and padding 1, a vector of channels at a time, with bias and bounds. The nine weights and three columns of
/// four source rows stay in registers: each pixel is read once for both rows, where <see cref="DepthwiseRow{T, V, L}"/> reads it nine times.
/// </summary>
/// <remarks>Assumes what <see cref="Views.Pointer"/> promises. Channels behind the last whole vector are computed by a vector that overlaps the one before.</remarks>
internal static unsafe class DepthwisePair<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    private const int ZeroSlot = 1;

    /// <summary>Whether it is of this kind, with a whole vector of channels.</summary>
    public static bool Suits(in ConvolutionGeometry g) => g.Size == 3 && g.Stride == 1 && g.Padding == 1 && g.C >= L.Count;

    /// <summary>Writes rows <paramref name="row"/> and the next one, where there is one, of one map.</summary>
    public static void Run(in ConvolutionGeometry g, T* source, T* weight, T* bias, T lower, T upper, T* target, int row)
    {
        T* zeros = HostScratch.Rent<T>(ZeroSlot, g.C + L.Count);
        new Span<T>(zeros, g.C).Clear();
        int pitch = g.W * g.C;
        T* first = target + (long)row * pitch;
        bool isPair = row + 1 < g.H;
        V low = L.Broadcast(lower), high = L.Broadcast(upper);
        for (int block = 0; block < g.C; block += L.Count)
        {
            int c = Math.Min(block, g.C - L.Count);
            T* w = weight + c;
            V w00 = L.Load(w), w01 = L.Load(w + g.C), w02 = L.Load(w + 2 * g.C);
            V w10 = L.Load(w + 3 * g.C), w11 = L.Load(w + 4 * g.C), w12 = L.Load(w + 5 * g.C);
            V w20 = L.Load(w + 6 * g.C), w21 = L.Load(w + 7 * g.C), w22 = L.Load(w + 8 * g.C);
            V start = L.Load(bias + c);
            // Rows outside of the map are one pixel of zeros again and again.
            T* x1 = source + (long)row * pitch + c, x0 = row > 0 ? x1 - pitch : zeros, x2 = isPair ? x1 + pitch : zeros, x3 = row + 2 < g.H ? x1 + 2 * pitch : zeros;
            nint step0 = row > 0 ? g.C : 0, step2 = isPair ? g.C : 0, step3 = row + 2 < g.H ? g.C : 0;
            V a0 = L.Zero, a1 = L.Zero, a2 = L.Zero, a3 = L.Zero;
            V b0 = L.Load(x0), b1 = L.Load(x1), b2 = L.Load(x2), b3 = L.Load(x3);
            T* y = first + c;
            for (int j = 1; j <= g.W; j++, y += g.C)
            {
                x0 += step0;
                x1 += g.C;
                x2 += step2;
                x3 += step3;
                bool isInside = j < g.W;
                V d0 = isInside ? L.Load(x0) : L.Zero, d1 = isInside ? L.Load(x1) : L.Zero, d2 = isInside ? L.Load(x2) : L.Zero, d3 = isInside ? L.Load(x3) : L.Zero;
                V top = L.MultiplyAdd(d0, w02, L.MultiplyAdd(b0, w01, L.MultiplyAdd(a0, w00, start)));
                V middle = L.MultiplyAdd(d1, w12, L.MultiplyAdd(b1, w11, L.Multiply(a1, w10)));
                V bottom = L.MultiplyAdd(d2, w22, L.MultiplyAdd(b2, w21, L.Multiply(a2, w20)));
                L.Store(y, L.Min(high, L.Max(low, L.Add(top, L.Add(middle, bottom)))));
                if (isPair)
                {
                    top = L.MultiplyAdd(d1, w02, L.MultiplyAdd(b1, w01, L.MultiplyAdd(a1, w00, start)));
                    middle = L.MultiplyAdd(d2, w12, L.MultiplyAdd(b2, w11, L.Multiply(a2, w10)));
                    bottom = L.MultiplyAdd(d3, w22, L.MultiplyAdd(b3, w21, L.Multiply(a3, w20)));
                    L.Store(y + pitch, L.Min(high, L.Max(low, L.Add(top, L.Add(middle, bottom)))));
                }
                (a0, a1, a2, a3) = (b0, b1, b2, b3);
                (b0, b1, b2, b3) = (d0, d1, d2, d3);
            }
        }
    }
}
