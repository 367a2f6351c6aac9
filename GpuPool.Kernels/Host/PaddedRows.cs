using GpuPool.Kernels.Geometry;

namespace GpuPool.Kernels.Host;

/// <summary>Copies rows of a map with their padding columns, so that a row of a window is one run of memory; see <see cref="ConvolutionGeometry.GathersRows"/>.</summary>
internal static unsafe class PaddedRows
{
    /// <summary>Rows to copy; none where the convolution gathers pixel by pixel.</summary>
    public static int Count(in ConvolutionGeometry g) => g.GathersRows ? g.N * g.H : 0;

    /// <summary>Copies one row.</summary>
    public static void Copy<T>(T* map, T* padded, in ConvolutionGeometry g, int row) where T : unmanaged
    {
        int margin = g.Padding.Width * g.C, length = g.W * g.C;
        T* target = padded + (long)row * g.PaddedWidth * g.C;
        new Span<T>(target, margin).Clear();
        new ReadOnlySpan<T>(map + (long)row * length, length).CopyTo(new Span<T>(target + margin, length));
        new Span<T>(target + margin + length, margin).Clear();
    }
}
