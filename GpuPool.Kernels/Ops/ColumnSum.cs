using System.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Sum over all rows of a (..., C) array: the gradient of a bias.</summary>
internal static class ColumnSum
{
    /// <summary>Rows that a thread sums before it adds them to the others: small terms do not drown in the sum of a million.</summary>
    public const int Block = 1024;

    public static void Launch<T>(Device device, DeviceArray x, DeviceArray sum) where T : unmanaged, INumber<T> =>
        Launch(device, x.View<T>(), sum.View<T>(), x.Shape.Rows, x.Shape.Channels);

    public static void Launch<T>(Device device, ArrayView<T> x, ArrayView<T> sum, int rows, int channels) where T : unmanaged, INumber<T> =>
        device.Launch(new ColumnSumForward<T> { X = x, Sum = sum, Rows = rows, Channels = channels });
}

/// <summary>One thread: one column.</summary>
[Sums]
internal partial struct ColumnSumForward<T> : IStagedHostKernel<T> where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, Sum;

    public int Rows, Channels;

    public readonly int Count => Channels;

    public readonly void Run(int index)
    {
        T sum = T.Zero;
        for (int start = 0; start < Rows; start += ColumnSum.Block)
        {
            T part = T.Zero;
            for (int row = start; row < Math.Min(Rows, start + ColumnSum.Block); row++)
                part += X[row * Channels + index];
            sum += part;
        }
        Sum[index] = sum;
    }
}
