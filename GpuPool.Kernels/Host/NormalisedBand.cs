using System.Numerics;
using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>Rows of a map that are normalised into scratch before the windows of some rows of the output pass over them: so many that they stay in the second-level cache.</summary>
internal static unsafe class NormalisedBand
{
    private const int Slot = 2;

    private const int Elements = 1 << 16;

    // Rows at the border of two bands are normalised for both; still there shall be bands for all threads.
    private const int EnoughBands = 8;

    /// <summary>Rows of the output in a band. The result of a band does not depend on it.</summary>
    public static int Rows(in ConvolutionGeometry g)
    {
        int inputs = Elements / (g.W * g.C), most = g.Ho * g.N / EnoughBands;
        return Math.Clamp((inputs - g.Size.Height) / g.Stride.Height + 1, 1, Math.Max(1, Math.Min(g.Ho, most)));
    }

    /// <summary>Normalises what rows [first, end) of the output of one image read. Returns where row 0 of the image would be.</summary>
    public static T* Read<T, V, L>(in Normalisation<T> normalisation, T* image, in ConvolutionGeometry g, int first, int end)
        where T : unmanaged, INumber<T> where V : struct where L : struct, ILanes<T, V>
    {
        int top = Math.Max(0, first * g.Stride.Height - g.Padding.Height), bottom = Math.Min(g.H, (end - 1) * g.Stride.Height - g.Padding.Height + g.Size.Height);
        long row = (long)g.W * g.C;
        int pixels = Math.Max(0, bottom - top) * g.W;
        T* target = HostScratch.Rent<T>(Slot, pixels * g.C);
        normalisation.Read<V, L>(image + top * row, g.C, pixels, 0, g.C, target, g.C);
        return target - top * row;
    }
}
