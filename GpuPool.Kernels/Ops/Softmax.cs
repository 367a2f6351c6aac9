using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Softmax over the last axis, taken after subtracting the largest value of the row.</summary>
/// <remarks>
/// Equation: y[n,l] = exp(x[n,l] - m[n]) / sum over k of exp(x[n,k] - m[n]), m[n] the largest of the row.
/// Gradient: dx[n,l] = y[n,l] (dy[n,l] - sum over k of dy[n,k] y[n,k]). Nothing but y is needed.
/// Shapes: x, y (..., L). Errors: ShapeException for a scalar or L = 0. A NaN, +infinity or nothing but -infinity makes its row NaN.
/// </remarks>
public sealed record Softmax : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Require.That(inputs[0].Rank > 0 && inputs[0].Channels > 0, Name, "x", inputs[0], "(..., L) with L >= 1");
        return inputs[0];
    }

    /// <inheritdoc/>
    public override OutputMemory Memory => OutputMemory.InPlace;

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new SoftmaxForward<T, R>
    {
        X = call.Input(0).View<T>(),
        Y = call.Output.View<T>(),
        Length = call.Output.Shape.Channels,
    });

    internal override void Backward<T, R>(BackwardCall call) => call.Device.Launch(new SoftmaxBackward<T, R>
    {
        Y = call.Output.View<T>(),
        OutputGradient = call.OutputGradient.View<T>(),
        Gradient = call.Gradient(0).View<T>(),
        Length = call.Output.Shape.Channels,
    });
}

/// <summary>One thread: one row.</summary>
internal partial struct SoftmaxForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y;
    public int Length;

    public readonly int Count => Y.IntLength / Length;

    public readonly void Run(int index)
    {
        int first = index * Length, end = first + Length;
        T largest = X[first], sum = R.Of(0);
        for (int i = first; i < end; i++)
            largest = R.IfLess(largest, X[i], X[i], largest);
        for (int i = first; i < end; i++)
        {
            Y[i] = Elementary<T, R>.Exp(X[i] - largest);
            sum += Y[i];
        }
        for (int i = first; i < end; i++)
            Y[i] /= sum;
    }
}

/// <summary>One thread: one row of dx.</summary>
internal partial struct SoftmaxBackward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Y, OutputGradient, Gradient;
    public int Length;

    public readonly int Count => Y.IntLength / Length;

    public readonly void Run(int index)
    {
        int first = index * Length, end = first + Length;
        T dot = R.Of(0);
        for (int i = first; i < end; i++)
            dot += OutputGradient[i] * Y[i];
        for (int i = first; i < end; i++)
            Gradient[i] = Y[i] * (OutputGradient[i] - dot);
    }
}
