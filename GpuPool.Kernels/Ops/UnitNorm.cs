using System.Numerics;
using System.Numerics.Tensors;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Divides each row by its Euclidean length, as TensorFlow's l2_normalize does.</summary>
/// <remarks>
/// Equation: y = x / max(|x|, epsilon). Gradient: dx = (dy - y sum of y dy) / |x|, or dy / epsilon where the row is shorter than epsilon.
/// Shapes: x, y (..., C). Saved: the divisors, one a row. Errors: ShapeException for a scalar or C = 0.
/// </remarks>
/// <param name="Epsilon">Least divisor.</param>
public sealed record UnitNorm(double Epsilon = 1e-6) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Require.That(inputs[0].Rank > 0 && inputs[0].Channels > 0, Name, "x", inputs[0], "(..., C) with C >= 1");
        return inputs[0];
    }

    internal override void Forward<T, R>(ForwardCall call)
    {
        DeviceArray lengths = call.Save(new Shape(call.Output.Shape.Rows));
        call.Device.Launch(new UnitNormForward<T, R>
        {
            X = call.Input(0).View<T>(),
            Y = call.Output.View<T>(),
            Lengths = lengths.View<T>(),
            Channels = call.Output.Shape.Channels,
            Epsilon = R.Of(Epsilon),
        });
        if (!call.Keep)
            call.DisposeSaved();
    }

    internal override void Backward<T, R>(BackwardCall call) => call.Device.Launch(new UnitNormBackward<T, R>
    {
        Y = call.Output.View<T>(),
        Lengths = call.Saved(0).View<T>(),
        OutputGradient = call.OutputGradient.View<T>(),
        Gradient = call.Gradient(0).View<T>(),
        Channels = call.Output.Shape.Channels,
        Epsilon = R.Of(Epsilon),
    });
}

/// <summary>One thread: one row.</summary>
internal struct UnitNormForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y, Lengths;
    public int Channels;
    public T Epsilon;

    public readonly int Count => Lengths.IntLength;

    public readonly int Tiles => Count;

    public readonly void Run(int index)
    {
        T squares = R.Of(0);
        for (int c = 0; c < Channels; c++)
            squares += X[index * Channels + c] * X[index * Channels + c];
        Lengths[index] = Divisor(squares);
        for (int c = 0; c < Channels; c++)
            Y[index * Channels + c] = X[index * Channels + c] / Lengths[index];
    }

    // Assumes what Views.Pointer promises: host memory. A tile is a row.
    public readonly unsafe void RunTile(int tile)
    {
        var x = new ReadOnlySpan<T>(X.Pointer() + (long)tile * Channels, Channels);
        T length = Divisor(TensorPrimitives.SumOfSquares(x));
        Lengths.Pointer()[tile] = length;
        TensorPrimitives.Divide(x, length, new Span<T>(Y.Pointer() + (long)tile * Channels, Channels));
    }

    private readonly T Divisor(T squares)
    {
        T length = R.Sqrt(squares);
        return R.IfLess(length, Epsilon, Epsilon, length);
    }
}

/// <summary>One thread: one row of dx.</summary>
internal struct UnitNormBackward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Y, Lengths, OutputGradient, Gradient;
    public int Channels;
    public T Epsilon;

    public readonly int Count => Lengths.IntLength;

    public readonly int Tiles => Count;

    public readonly void Run(int index)
    {
        T dot = R.Of(0);
        for (int c = 0; c < Channels; c++)
            dot += Y[index * Channels + c] * OutputGradient[index * Channels + c];
        dot = R.IfLess(Epsilon, Lengths[index], dot, R.Of(0));
        for (int c = 0; c < Channels; c++)
            Gradient[index * Channels + c] = (OutputGradient[index * Channels + c] - Y[index * Channels + c] * dot) / Lengths[index];
    }

    // Assumes what Views.Pointer promises: host memory. A tile is a row.
    public readonly unsafe void RunTile(int tile)
    {
        long first = (long)tile * Channels;
        ReadOnlySpan<T> y = new(Y.Pointer() + first, Channels), dy = new(OutputGradient.Pointer() + first, Channels);
        var dx = new Span<T>(Gradient.Pointer() + first, Channels);
        T length = Lengths.Pointer()[tile], dot = R.IfLess(Epsilon, length, TensorPrimitives.Dot(y, dy), R.Of(0));
        TensorPrimitives.MultiplyAddEstimate(y, -dot, dy, dx);
        TensorPrimitives.Divide(dx, length, dx);
    }
}
