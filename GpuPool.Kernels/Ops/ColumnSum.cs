using System.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Sum over all rows of a (..., C) array: the gradient of a bias.</summary>
internal static class ColumnSum
{
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
        for (int row = 0; row < Rows; row++)
            sum += X[row * Channels + index];
        Sum[index] = sum;
    }
}
