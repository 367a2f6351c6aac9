using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPool.Kernels.Gpu;

namespace GpuPool.Kernels.Ops;

internal partial struct DepthwiseBackwardWeight<T> : IGroupKernel
{
    public readonly bool SuitsGroups => ColumnReduction.Suits(G.OutputPixels);

    public readonly void LaunchGroups(Device device) => ColumnReduction.Launch<T, Nine<T>, DepthwiseWeightSums<T>>(device, new() { Of = this });
}

/// <summary>Sums over output pixels of a square of 3 x 3 taps at a time: dy is read once for all of them, and x from the cache.</summary>
internal struct DepthwiseWeightSums<T> : IReduction<T, Nine<T>> where T : unmanaged, INumber<T>
{
    private const int Side = 3;

    public DepthwiseBackwardWeight<T> Of;

    public readonly (int Segments, int Rows, int Columns) Extents => (Squares(Of.G.Size.Height) * Squares(Of.G.Size.Width), Of.G.OutputPixels, Of.G.C);

    public readonly bool Wants(int segment, int column) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Nine<T> Term(int segment, int row, int column)
    {
        int top = segment / Squares(Of.G.Size.Width) * Side, left = segment % Squares(Of.G.Size.Width) * Side;
        int line = row / Of.G.Wo, n = line / Of.G.Ho, w = row % Of.G.Wo * Of.G.Stride.Width + left - Of.G.Padding.Width;
        int h = line % Of.G.Ho * Of.G.Stride.Height + top - Of.G.Padding.Height;
        T dy = Of.OutputGradient[row * Of.G.C + column];
        return new(Row(n, h, top, w, left, column, dy), Row(n, h + 1, top + 1, w, left, column, dy), Row(n, h + 2, top + 2, w, left, column, dy));
    }

    public readonly void Finish(int segment, int column, Nine<T> sums)
    {
        int top = segment / Squares(Of.G.Size.Width) * Side, left = segment % Squares(Of.G.Size.Width) * Side;
        for (int tap = 0; tap < Side * Side; tap++)
        {
            int row = top + tap / Side, columnOfWindow = left + tap % Side;
            if (row < Of.G.Size.Height & columnOfWindow < Of.G.Size.Width)
                Of.Gradient[(row * Of.G.Size.Width + columnOfWindow) * Of.G.C + column] = sums.Get(tap);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Three<T> Row(int n, int h, int k, int w, int l, int c, T dy)
    {
        bool isInside = k < Of.G.Size.Height & h >= 0 & h < Of.G.H;
        int x = ((n * Of.G.H + h) * Of.G.W + w) * Of.G.C + c;
        return new(Product(isInside, x, w, l, dy), Product(isInside, x + Of.G.C, w + 1, l + 1, dy), Product(isInside, x + 2 * Of.G.C, w + 2, l + 2, dy));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly T Product(bool isInside, int x, int w, int l, T dy) => isInside & l < Of.G.Size.Width & w >= 0 & w < Of.G.W ? Of.X[x] * dy : T.Zero;

    private static int Squares(int size) => (size + Side - 1) / Side;
}
