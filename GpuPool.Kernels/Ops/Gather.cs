using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Chosen rows of an array, in the order of the choice; one may be chosen more than once.</summary>
/// <remarks>
/// Equation: y[i, ..] = x[index[i], ..]. Gradient: dx[n, ..] = sum of dy[i, ..] over the i with index[i] = n, in ascending order; none for the index.
/// An index that is no row gives a row of NaN, and takes no part in the gradient.
/// Shapes: x (N, ..); index (M), row numbers 0 to N - 1 in the element type; y (M, ..). N may be at most 2^24, up to which float32 has every whole number.
/// </remarks>
public sealed record Gather : Op
{
    private const int MostRows = 1 << 24;

    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 2);
        Require.That(inputs[0].Rank > 0 && inputs[0][0] <= MostRows, Name, "x", inputs[0], "(N, ..) with N <= 2^24");
        Require.Rank(Name, "index", inputs[1], "M");
        return new Shape([inputs[1][0], .. inputs[0].Extents[1..]]);
    }

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new GatherForward<T, R>
    {
        X = call.Input(0).View<T>(),
        Index = call.Input(1).View<T>(),
        Y = call.Output.View<T>(),
        Width = Width(call.Input(0).Shape),
    });

    internal override void Backward<T, R>(BackwardCall call)
    {
        if (!call.Wants(0))
            return;
        call.Device.Launch(new GatherBackward<T, R>
        {
            Index = call.Input(1).View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.Gradient(0).View<T>(),
            Width = Width(call.Input(0).Shape),
        });
    }

    private static int Width(Shape x) => new Shape(x.Extents[1..]).Count;
}

/// <summary>One thread: one element of y.</summary>
internal partial struct GatherForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Index, Y;
    public int Width;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        int row = index / Width, source = R.Truncate(Index[row]);
        bool isRow = source >= 0 && source < X.IntLength / Width && R.Of(source) == Index[row];
        Y[index] = isRow ? X[source * Width + index - row * Width] : R.Of(double.NaN);
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct GatherBackward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Index, OutputGradient, Gradient;
    public int Width;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        int row = index / Width, column = index - row * Width;
        T sum = R.Of(0);
        for (int i = 0; i < Index.IntLength; i++)
            sum += R.Of(row) == Index[i] ? OutputGradient[i * Width + column] : R.Of(0);
        Gradient[index] = sum;
    }
}
