using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>The functions that act on each element alone.</summary>
public enum PointwiseFunction
{
    /// <summary>max(x, 0); slope 0 at 0.</summary>
    Relu,

    /// <summary>min(max(x, 0), 6); slope 0 at 0 and 6.</summary>
    Relu6,

    /// <summary>x, or leak x below 0; slope leak at 0.</summary>
    LeakyRelu,

    /// <summary>e^x</summary>
    Exp,

    /// <summary>Natural logarithm; NaN below 0.</summary>
    Log,

    /// <summary>1 / (1 + e^-x)</summary>
    Sigmoid,

    /// <summary>ln(1 + e^x), nowhere replaced by x.</summary>
    Softplus,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
}

/// <summary>One function applied to each element.</summary>
/// <remarks>
/// Equation: y = f(x). Gradient: dx = dy f'(x), with f' written in x and y, so that both are all that is kept.
/// Shapes: x, y, dy, dx are equal, of any rank.
/// </remarks>
/// <param name="Function">f</param>
/// <param name="Leak">Slope of <see cref="PointwiseFunction.LeakyRelu"/> below 0; 0.1 in YOLOv3.</param>
public sealed partial record Pointwise(PointwiseFunction Function, double Leak = 0.1) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        return inputs[0];
    }

    /// <inheritdoc/>
    public override OutputMemory Memory => OutputMemory.InPlace;

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Kept;

    internal override void Forward<T, R>(ForwardCall call)
    {
        switch (Function)
        {
            case PointwiseFunction.Relu: Forward<T, R, Relu>(call); break;
            case PointwiseFunction.Relu6: Forward<T, R, Relu6>(call); break;
            case PointwiseFunction.LeakyRelu: Forward<T, R, LeakyRelu>(call); break;
            case PointwiseFunction.Exp: Forward<T, R, Exp>(call); break;
            case PointwiseFunction.Log: Forward<T, R, Log>(call); break;
            case PointwiseFunction.Sigmoid: Forward<T, R, Sigmoid>(call); break;
            case PointwiseFunction.Softplus: Forward<T, R, Softplus>(call); break;
            case PointwiseFunction.Tanh: Forward<T, R, Tanh>(call); break;
            default: throw new NotSupportedException($"Pointwise: no function {Function}.");
        }
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        switch (Function)
        {
            case PointwiseFunction.Relu: Backward<T, R, Relu>(call); break;
            case PointwiseFunction.Relu6: Backward<T, R, Relu6>(call); break;
            case PointwiseFunction.LeakyRelu: Backward<T, R, LeakyRelu>(call); break;
            case PointwiseFunction.Exp: Backward<T, R, Exp>(call); break;
            case PointwiseFunction.Log: Backward<T, R, Log>(call); break;
            case PointwiseFunction.Sigmoid: Backward<T, R, Sigmoid>(call); break;
            case PointwiseFunction.Softplus: Backward<T, R, Softplus>(call); break;
            case PointwiseFunction.Tanh: Backward<T, R, Tanh>(call); break;
            default: throw new NotSupportedException($"Pointwise: no function {Function}.");
        }
    }

    private void Forward<T, R, F>(ForwardCall call) where T : unmanaged, INumber<T> where R : struct, IReal<T> where F : struct, IPointwise =>
        call.Device.Launch(new PointwiseForward<T, R, F> { X = call.Input(0).View<T>(), Y = call.Output.View<T>(), Leak = R.Of(Leak) });

    private void Backward<T, R, F>(BackwardCall call) where T : unmanaged, INumber<T> where R : struct, IReal<T> where F : struct, IPointwise =>
        call.Device.Launch(new PointwiseBackward<T, R, F>
        {
            X = call.Input(0).View<T>(),
            Y = call.Output.View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.GradientInPlace(0).View<T>(),
            Leak = R.Of(Leak),
        });
}

/// <summary>One thread: one element of y.</summary>
internal partial struct PointwiseForward<T, R, F> : IHostKernel
    where T : unmanaged, INumber<T> where R : struct, IReal<T> where F : struct, Pointwise.IPointwise
{
    public ArrayView<T> X, Y;
    public T Leak;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index) => Y[index] = F.Value<T, R>(X[index], Leak);
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct PointwiseBackward<T, R, F> : IHostKernel
    where T : unmanaged, INumber<T> where R : struct, IReal<T> where F : struct, Pointwise.IPointwise
{
    public ArrayView<T> X, Y, OutputGradient, Gradient;
    public T Leak;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index) => Gradient[index] = OutputGradient[index] * F.Slope<T, R>(X[index], Y[index], Leak);
}
