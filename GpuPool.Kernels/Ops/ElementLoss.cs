using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>The losses of one number beside the one that is wanted.</summary>
public enum ElementLossFunction
{
    /// <summary>With d = x - t: d^2 / (2 beta) where |d| is below beta, and |d| - beta / 2 from there on; |d| where beta is 0, with slope 0 at 0.</summary>
    SmoothL1,

    /// <summary>(x - t)^2, without a half.</summary>
    Square,

    /// <summary>Binary cross-entropy of the logit x: -t ln p - (1 - t) ln(1 - p) with p = 1 / (1 + e^-x), for t in [0, 1].</summary>
    BinaryCrossEntropy,
}

/// <summary>How far each number is from the one that is wanted there, times a weight; its <see cref="Sum"/>, scaled, is a loss with a divisor.</summary>
/// <remarks>
/// Equation: y = w f(x, t). Gradient: dx = dy w f'(x, t); none for t and w. An element of weight 0 takes no part, even where x or t is infinite or NaN.
/// Shapes: x, t, w, y are equal, of any rank; without w all weights are 1.
/// </remarks>
/// <param name="Function">f</param>
/// <param name="Beta">Where <see cref="ElementLossFunction.SmoothL1"/> goes over to a straight line, at least 0.</param>
public sealed partial record ElementLoss(ElementLossFunction Function, double Beta = 1) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 3);
        Require.Same(Name, "t", inputs[1], inputs[0], "the shape of x");
        if (inputs.Length > 2)
            Require.Same(Name, "w", inputs[2], inputs[0], "the shape of x");
        return inputs[0];
    }

    internal override void Forward<T, R>(ForwardCall call)
    {
        switch (Function)
        {
            case ElementLossFunction.SmoothL1: Forward<T, R, SmoothL1>(call); break;
            case ElementLossFunction.Square: Forward<T, R, Square>(call); break;
            case ElementLossFunction.BinaryCrossEntropy: Forward<T, R, BinaryCrossEntropy>(call); break;
            default: throw new NotSupportedException($"{Name}: no function {Function}.");
        }
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        if (!call.Wants(0))
            return;
        switch (Function)
        {
            case ElementLossFunction.SmoothL1: Backward<T, R, SmoothL1>(call); break;
            case ElementLossFunction.Square: Backward<T, R, Square>(call); break;
            case ElementLossFunction.BinaryCrossEntropy: Backward<T, R, BinaryCrossEntropy>(call); break;
            default: throw new NotSupportedException($"{Name}: no function {Function}.");
        }
    }

    private void Forward<T, R, F>(ForwardCall call) where T : unmanaged, INumber<T> where R : struct, IReal<T> where F : struct, IElementLoss =>
        call.Device.Launch(new ElementLossForward<T, R, F>
        {
            X = call.Input(0).View<T>(),
            Target = call.Input(1).View<T>(),
            Weights = call.InputCount > 2 ? call.Input(2).View<T>() : default,
            Y = call.Output.View<T>(),
            Beta = R.Of(Beta),
        });

    private void Backward<T, R, F>(BackwardCall call) where T : unmanaged, INumber<T> where R : struct, IReal<T> where F : struct, IElementLoss =>
        call.Device.Launch(new ElementLossBackward<T, R, F>
        {
            X = call.Input(0).View<T>(),
            Target = call.Input(1).View<T>(),
            Weights = call.InputCount > 2 ? call.Input(2).View<T>() : default,
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.Gradient(0).View<T>(),
            Beta = R.Of(Beta),
        });
}

/// <summary>One thread: one element of y.</summary>
internal partial struct ElementLossForward<T, R, F> : IHostKernel
    where T : unmanaged, INumber<T> where R : struct, IReal<T> where F : struct, ElementLoss.IElementLoss
{
    public ArrayView<T> X, Target, Weights, Y;
    public T Beta;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        T weight = Weights.Length > 0 ? Weights[index] : R.Of(1);
        Y[index] = Weighted.Product<T, R>(weight, F.Value<T, R>(X[index], Target[index], Beta));
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct ElementLossBackward<T, R, F> : IHostKernel
    where T : unmanaged, INumber<T> where R : struct, IReal<T> where F : struct, ElementLoss.IElementLoss
{
    public ArrayView<T> X, Target, Weights, OutputGradient, Gradient;
    public T Beta;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        T weight = Weights.Length > 0 ? Weights[index] : R.Of(1);
        Gradient[index] = Weighted.Product<T, R>(weight, OutputGradient[index] * F.Slope<T, R>(X[index], Target[index], Beta));
    }
}
