using System.Numerics;
using System.Numerics.Tensors;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Updates;

/// <summary>The 2-norm of several arrays as of one vector.</summary>
/// <remarks>
/// Equation: the square root of the sum of squares of all elements. Each block of an array is summed in its element type, and the blocks one after the other in float64, so the
/// result does not depend on the number of threads. Arrays that lie behind one another, see <see cref="Device.AllocateTogether"/>, are one.
/// </remarks>
public static class GlobalNorm
{
    /// <summary>The norm; 0 of no array. The host waits for it.</summary>
    /// <param name="arrays">On one device, of one element type.</param>
    public static double Of(IReadOnlyList<DeviceArray> arrays)
    {
        Check(arrays);
        if (arrays.Count == 0)
            return 0;
        return arrays[0].DType == DType.Float32 ? Of<float>(arrays) : Of<double>(arrays);
    }

    /// <summary>
    /// Shortens the arrays in their place, as one vector, where its norm is more than a bound: times min(1, most / (norm + 1e-6)), as PyTorch's <c>clip_grad_norm_</c>. The norm stays on
    /// the device, and the host does not wait; one that is no number makes all elements so.
    /// </summary>
    /// <param name="arrays">On one device, of one element type.</param>
    /// <param name="most">The bound.</param>
    public static void Clip(IReadOnlyList<DeviceArray> arrays, double most)
    {
        Check(arrays);
        if (arrays.Count == 0)
            return;
        if (arrays[0].DType == DType.Float32)
            Clip<float, Real32>(arrays, most);
        else
            Clip<double, Real64>(arrays, most);
    }

    private static void Check(IReadOnlyList<DeviceArray> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        foreach (DeviceArray array in arrays)
            Require.Together(nameof(GlobalNorm), arrays[0], array);
    }

    private static double Of<T>(IReadOnlyList<DeviceArray> arrays) where T : unmanaged, INumber<T>
    {
        using DeviceArray sums = Blocks(arrays);
        int blocks = Sum<T>(arrays, sums);
        return Math.Sqrt(sums.ToDoubles().Take(blocks).Sum());
    }

    private static void Clip<T, R>(IReadOnlyList<DeviceArray> arrays, double most) where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        using DeviceArray sums = Blocks(arrays), factor = sums.Device.Allocate(Shape.Scalar, sums.DType);
        int blocks = Sum<T>(arrays, sums);
        sums.Device.Launch(new ClipFactor<T, R> { Sums = sums.View<T>().SubView(0, blocks), Factor = factor.View<T>(), Most = most });
        Each(arrays, run => factor.Device.Launch(new ClippedElement<T> { X = run.View<T>(), Factor = factor.View<T>() }));
    }

    private static DeviceArray Blocks(IReadOnlyList<DeviceArray> arrays) =>
        arrays[0].Device.Allocate(new Shape(arrays.Sum(array => ElementTiles.Count(array.Shape.Count))), arrays[0].DType);

    /// <summary>Writes the sum of squares of each block, and says how many there are.</summary>
    private static int Sum<T>(IReadOnlyList<DeviceArray> arrays, DeviceArray sums) where T : unmanaged, INumber<T>
    {
        int first = 0;
        Each(arrays, run =>
        {
            var kernel = new SquareSums<T> { X = run.View<T>(), Sums = sums.View<T>(), First = first };
            sums.Device.Launch(kernel);
            first += kernel.Count;
        });
        return first;
    }

    private static void Each(IReadOnlyList<DeviceArray> arrays, Action<DeviceArray> action) =>
        ArrayRuns.Each(arrays.Select(array => new[] { array }), run => action(run[0]));
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

/// <summary>One thread: what the arrays are multiplied by.</summary>
internal struct ClipFactor<T, R> : IKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    private const double Epsilon = 1e-6;

    public ArrayView<T> Sums, Factor;
    public double Most;

    public readonly int Count => 1;

    public readonly void Run(int index)
    {
        double sum = 0;
        for (int block = 0; block < Sums.IntLength; block++)
            sum += R.ToDouble(Sums[block]);
        double factor = Most / (Real64.Sqrt(sum) + Epsilon);
        // Written so that a norm that is no number spoils the weights and shows as divergence.
        Factor[0] = R.Of(Real64.IfLess(1, factor, 1, factor));
    }
}

/// <summary>One thread: one element of x.</summary>
internal struct ClippedElement<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, Factor;

    public readonly int Count => X.IntLength;

    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void Run(int index) => X[index] *= Factor[0];

    // Assumes what Views.Pointer promises: host memory.
    public readonly unsafe void RunTile(int tile)
    {
        T factor = *Factor.Pointer();
        if (factor == T.One)
            return;
        (int start, int end) = ElementTiles.Range(tile, Count);
        var x = new Span<T>(X.Pointer() + start, end - start);
        TensorPrimitives.Multiply(x, factor, x);
    }
}
