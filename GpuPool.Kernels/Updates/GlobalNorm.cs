using System.Numerics;
using System.Numerics.Tensors;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using GpuPool.Kernels.Ops;
using ILGPU;

namespace GpuPool.Kernels.Updates;

/// <summary>The 2-norm of several arrays as of one vector.</summary>
/// <remarks>
/// Equation: the square root of the sum of squares of all elements. Each block of an array is summed in its element type, and the blocks one after the other in float64, so the
/// result does not depend on the number of threads. Arrays that lie behind one another, see <see cref="Device.AllocateTogether"/>, are one.
/// </remarks>
public static class GlobalNorm
{
    /// <summary>The norm; 0 of no array.</summary>
    /// <param name="arrays">On one device, of one element type.</param>
    public static double Of(IReadOnlyList<DeviceArray> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        if (arrays.Count == 0)
            return 0;
        foreach (DeviceArray array in arrays)
            Require.Together(nameof(GlobalNorm), arrays[0], array);
        return arrays[0].DType == DType.Float32 ? Of<float>(arrays) : Of<double>(arrays);
    }

    /// <summary>Multiplies arrays by one number, in their place.</summary>
    /// <param name="arrays">On one device, of one element type.</param>
    /// <param name="factor">The number.</param>
    public static void Multiply(IReadOnlyList<DeviceArray> arrays, double factor)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        ArrayRuns.Each(arrays.Select(array => new[] { array }), run =>
        {
            if (run[0].DType == DType.Float32)
                Scale.Launch<float, Real32>(run[0], run[0], factor);
            else
                Scale.Launch<double, Real64>(run[0], run[0], factor);
        });
    }

    private static double Of<T>(IReadOnlyList<DeviceArray> arrays) where T : unmanaged, INumber<T>
    {
        using DeviceArray sums = arrays[0].Device.Allocate(new Shape(arrays.Sum(array => ElementTiles.Count(array.Shape.Count))), arrays[0].DType);
        int first = 0;
        ArrayRuns.Each(arrays.Select(array => new[] { array }), run =>
        {
            var kernel = new SquareSums<T> { X = run[0].View<T>(), Sums = sums.View<T>(), First = first };
            sums.Device.Launch(kernel);
            first += kernel.Count;
        });
        return Math.Sqrt(sums.ToDoubles().Take(first).Sum());
    }
}

/// <summary>One thread: the squares of one block of x.</summary>
internal partial struct SquareSums<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, Sums;
    public int First;

    public readonly int Count => ElementTiles.Count(X.IntLength);

    public readonly int Tiles => Count;

    public readonly void Run(int index)
    {
        (int start, int end) = ElementTiles.Range(index, X.IntLength);
        T sum = T.Zero;
        for (int i = start; i < end; i++)
            sum += X[i] * X[i];
        Sums[First + index] = sum;
    }

    // Assumes what Views.Pointer promises: host memory.
    public readonly unsafe void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, X.IntLength);
        Sums.Pointer()[First + tile] = TensorPrimitives.SumOfSquares(new ReadOnlySpan<T>(X.Pointer() + start, end - start));
    }
}
