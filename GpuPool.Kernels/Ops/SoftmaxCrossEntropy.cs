using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Mean negative log-likelihood of the right classes under the softmax of the logits: the classification loss.</summary>
/// <remarks>
/// Equation: y = 1/N sum_n (l[n] - x[n, label[n]]) with l[n] = ln sum_k exp(x[n,k]), taken after subtracting the row maximum.
/// Gradient: dx[n,k] = (exp(x[n,k] - l[n]) - [k = label[n]]) dy / N; none for the labels. Kept: l, (N).
/// Shapes: x (N, K); labels (N), class numbers 0 to K - 1 in the element type; y is a scalar, in nats. A label that is no class number makes y NaN.
/// </remarks>
public sealed record SoftmaxCrossEntropy : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 2);
        Require.Rank(Name, "x", inputs[0], "N, K");
        Require.That(inputs[0].Count > 0, Name, "x", inputs[0], "(N, K) with N, K >= 1");
        Require.Same(Name, "labels", inputs[1], new Shape(inputs[0][0]), "(N)");
        return Shape.Scalar;
    }

    internal override void Forward<T, R>(ForwardCall call)
    {
        Shape rows = call.Input(1).Shape;
        DeviceArray logSum = call.Keep ? call.Save(rows) : call.Scratch(rows);
        using DeviceArray losses = call.Scratch(rows);
        call.Device.Launch(new SoftmaxCrossEntropyRow<T, R>
        {
            X = call.Input(0).View<T>(),
            Labels = call.Input(1).View<T>(),
            LogSum = logSum.View<T>(),
            Losses = losses.View<T>(),
            Classes = call.Input(0).Shape.Channels,
        });
        call.Device.Launch(new SoftmaxCrossEntropyMean<T, R> { Losses = losses.View<T>(), Y = call.Output.View<T>() });
        if (!call.Keep)
            logSum.Dispose();
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        if (!call.Wants(0))
            return;
        call.Device.Launch(new SoftmaxCrossEntropyBackward<T, R>
        {
            X = call.Input(0).View<T>(),
            Labels = call.Input(1).View<T>(),
            LogSum = call.Saved(0).View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.Gradient(0).View<T>(),
            Classes = call.Input(0).Shape.Channels,
            Divisor = call.Input(1).Shape.Count,
        });
    }
}

/// <summary>One thread: one row, times its weight where rows have one.</summary>
internal struct SoftmaxCrossEntropyRow<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Labels, Weights, LogSum, Losses;
    public int Classes;

    public readonly int Count => Labels.IntLength;

    public readonly int Tiles => Count;

    public readonly void Run(int row)
    {
        int first = row * Classes, end = first + Classes;
        T maximum = X[first], sum = R.Of(0), right = R.Of(double.NaN);
        for (int i = first; i < end; i++)
            maximum = R.IfLess(maximum, X[i], X[i], maximum);
        for (int i = first; i < end; i++)
        {
            sum += Elementary<T, R>.Exp(X[i] - maximum);
            right = R.Of(i - first) == Labels[row] ? X[i] : right;
        }
        T logSum = maximum + Elementary<T, R>.Log(sum);
        LogSum[row] = logSum;
        T loss = logSum - right;
        Losses[row] = Weights.Length > 0 ? Weighted.Product<T, R>(Weights[row], loss) : loss;
    }

    public readonly void RunTile(int tile) => Run(tile);
}

/// <summary>One thread in all: a batch has few rows.</summary>
internal partial struct SoftmaxCrossEntropyMean<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Losses, Y;

    public readonly int Count => 1;

    public readonly int Tiles => 1;

    public readonly void Run(int index)
    {
        T sum = R.Of(0);
        for (int row = 0; row < Losses.IntLength; row++)
            sum += Losses[row];
        Y[0] = sum / R.Of(Losses.IntLength);
    }

    public readonly void RunTile(int tile) => Run(tile);
}

/// <summary>One thread: one element of dx. The gradient that arrives is that of each row, or, for a mean, of all.</summary>
internal struct SoftmaxCrossEntropyBackward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Labels, Weights, LogSum, OutputGradient, Gradient;
    public int Classes, Divisor;

    public readonly int Count => Gradient.IntLength;

    public readonly int Tiles => Labels.IntLength;

    public readonly void Run(int index)
    {
        int row = index / Classes;
        T probability = Elementary<T, R>.Exp(X[index] - LogSum[row]), wanted = R.Of(index - row * Classes) == Labels[row] ? R.Of(1) : R.Of(0);
        T gradient = (probability - wanted) * OutputGradient[OutputGradient.IntLength > 1 ? row : 0] / R.Of(Divisor);
        Gradient[index] = Weights.Length > 0 ? Weighted.Product<T, R>(Weights[row], gradient) : gradient;
    }

    public readonly void RunTile(int row)
    {
        for (int index = row * Classes; index < (row + 1) * Classes; index++)
            Run(index);
    }
}
