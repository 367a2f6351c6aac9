using System.Runtime.Intrinsics.X86;

namespace GpuPool.Kernels.Host;

/// <summary>The same rows and columns of the weight matrices of the nine taps of a 3x3 convolution.</summary>
/// <param name="first">First element of the first tap.</param>
/// <param name="tapPitch">Elements from one tap to the next.</param>
/// <param name="rows">Number of rows.</param>
/// <param name="columns">Number of columns.</param>
/// <param name="pitch">Elements from one row to the next.</param>
internal unsafe readonly struct TapBlock<T>(T* first, long tapPitch, int rows, int columns, int pitch) where T : unmanaged
{
    private const int PartsOfTap = WinogradPlan.Products / WinogradPlan.Taps, Line = 64;

    /// <summary>
    /// Fetches one of 36 parts into the second-level cache. One goes before each product: the short runs of a block, a row of the matrix apart, are too far from each other for the processor to see
    /// them coming, and waiting for them would take as long as the products.
    /// </summary>
    public void Fetch(int part)
    {
        if (!Sse.IsSupported)
            return;
        T* tap = first + part / PartsOfTap * tapPitch;
        int start = rows * (part % PartsOfTap) / PartsOfTap, end = rows * (part % PartsOfTap + 1) / PartsOfTap;
        for (int row = start; row < end; row++)
        {
            for (int column = 0; column < columns; column += Line / sizeof(T))
                Sse.Prefetch1(tap + (long)row * pitch + column);
        }
    }
}
