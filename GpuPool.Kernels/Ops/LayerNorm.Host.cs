using System.Numerics.Tensors;
using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and null for an array that is not wanted. A tile is a block of rows.
internal partial struct LayerNormForward<T, R>
{
    public readonly int Tiles => RowBlocks.Count(Count);

    public readonly unsafe void RunTile(int tile)
    {
        T* means = Mean.Pointer(), rstds = Rstd.Pointer();
        var gamma = new ReadOnlySpan<T>(Gamma.Pointer(), Channels);
        var beta = new ReadOnlySpan<T>(Beta.Pointer(), Channels);
        T count = R.Of(Channels);
        (int row, int end) = RowBlocks.Range(tile, Count);
        for (; row < end; row++)
        {
            var x = new ReadOnlySpan<T>(X.Pointer() + row * Channels, Channels);
            var y = new Span<T>(Y.Pointer() + row * Channels, Channels);
            T mean = TensorPrimitives.Sum(x) / count;
            TensorPrimitives.Subtract(x, mean, y);
            T rstd = T.One / R.Sqrt(TensorPrimitives.SumOfSquares<T>(y) / count + Epsilon);
            TensorPrimitives.Multiply(y, rstd, y);
            TensorPrimitives.MultiplyAddEstimate(y, gamma, beta, y);
            if (means == null)
                continue;
            means[row] = mean;
            rstds[row] = rstd;
        }
    }
}

internal partial struct LayerNormBackward<T, R>
{
    public readonly int Tiles => RowBlocks.Count(Count);

    public readonly unsafe void RunTile(int tile)
    {
        T* means = Mean.Pointer(), rstds = Rstd.Pointer();
        var gamma = new ReadOnlySpan<T>(Gamma.Pointer(), Channels);
        T count = R.Of(Channels);
        (int row, int end) = RowBlocks.Range(tile, Count);
        for (; row < end; row++)
        {
            int first = row * Channels;
            var x = new ReadOnlySpan<T>(X.Pointer() + first, Channels);
            var dy = new ReadOnlySpan<T>(OutputGradient.Pointer() + first, Channels);
            Span<T> products = new(Products.Pointer() + first, Channels), dx = new(Gradient.Pointer() + first, Channels);
            T rstd = rstds[row], sum = TensorPrimitives.Dot(dy, gamma);
            // products holds xhat at first, dx gamma dy.
            TensorPrimitives.Subtract(x, means[row], products);
            TensorPrimitives.Multiply(products, rstd, products);
            TensorPrimitives.Multiply(dy, gamma, dx);
            T product = TensorPrimitives.Dot<T>(dx, products);
            TensorPrimitives.Subtract(dx, sum / count, dx);
            TensorPrimitives.Multiply(dx, rstd, dx);
            TensorPrimitives.MultiplyAddEstimate(products, -product * rstd / count, dx, dx);
            TensorPrimitives.Multiply(products, dy, products);
        }
    }
}
