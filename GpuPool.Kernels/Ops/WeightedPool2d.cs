using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// Weighted mean of each window of x, with weights from a map of scores z: the last step of self-attentive pooling and of LIP, from the restored
/// map to the smaller one, in one pass over memory.
/// </summary>
/// <remarks>
/// Equation (paper, Equation 5): y = sum of pi x over the window / sum of pi over the window, pi = exp(gain sigmoid(z)). Without
/// <paramref name="Normalise"/> the divisor is A, the area of the window. Padding weighs nothing.
/// Gradient: with S the divisor, summed over the windows that hold the cell: dx = sum of dy pi / S, d pi = sum of dy (x - y) / S (without
/// normalisation dy x / S), dz = d pi * pi'(z); 0 where no window holds the cell.
/// Saved: S, of y's size, where it is not constant; the weights are computed again.
/// Shapes: x, z (N, H, W, C), y (N, Ho, Wo, C).
/// Errors: ShapeException for another rank, shapes that differ, an empty or too small map, or a window that may lie in the padding alone.
/// Without the sigmoid large scores give infinite weights and y = NaN, without both switches S may vanish: what IEEE arithmetic makes of it stays.
/// </remarks>
/// <param name="Window">Size = stride, no padding in the paper; windows may overlap, and a remainder at the end of an axis is dropped.</param>
/// <param name="Sigmoid">Whether scores pass a sigmoid.</param>
/// <param name="Exponential">Whether weights are exponentials, of the sigmoid or of the score.</param>
/// <param name="Normalise">Whether the sum of the weights divides.</param>
/// <param name="Gain">Factor of the sigmoid, or of the score: 1 in the paper, 12 in LIP, where a weight can thus be e^12 times another.</param>
public sealed record WeightedPool2d(Window Window, bool Sigmoid = true, bool Exponential = true, bool Normalise = true, double Gain = 1) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 2);
        Shape y = Window.Pooled(Name, inputs[0]);
        Require.Same(Name, "z", inputs[1], inputs[0], "the shape of x");
        return y;
    }

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => operand == 0 ? ChannelRole.Kept : ChannelRole.Weighs;

    internal override void Forward<T, R>(ForwardCall call)
    {
        switch (Sigmoid, Exponential)
        {
            case (true, true): Forward<T, R, ExponentialOfSigmoid>(call); break;
            case (true, false): Forward<T, R, SigmoidAlone>(call); break;
            case (false, true): Forward<T, R, ExponentialAlone>(call); break;
            case (false, false): Forward<T, R, ScoreItself>(call); break;
        }
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        switch (Sigmoid, Exponential)
        {
            case (true, true): Backward<T, R, ExponentialOfSigmoid>(call); break;
            case (true, false): Backward<T, R, SigmoidAlone>(call); break;
            case (false, true): Backward<T, R, ExponentialAlone>(call); break;
            case (false, false): Backward<T, R, ScoreItself>(call); break;
        }
    }

    private void Forward<T, R, W>(ForwardCall call) where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IPoolWeight =>
        call.Device.Launch(new WeightedPoolForward<T, R, W>
        {
            X = call.Input(0).View<T>(),
            Z = call.Input(1).View<T>(),
            Y = call.Output.View<T>(),
            Divisor = Normalise && call.Keep ? call.Save(call.Output.Shape).View<T>() : default,
            Windows = MapWindows.Of(Window, call.Input(0).Shape),
            Gain = R.Of(Gain),
            Normalise = Normalise ? 1 : 0,
        });

    private void Backward<T, R, W>(BackwardCall call) where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IPoolWeight =>
        call.Device.Launch(new WeightedPoolBackward<T, R, W>
        {
            X = call.Input(0).View<T>(),
            Z = call.Input(1).View<T>(),
            Y = call.Output.View<T>(),
            Divisor = Normalise ? call.Saved(0).View<T>() : default,
            OutputGradient = call.OutputGradient.View<T>(),
            InputGradient = call.GradientIfWanted<T>(0),
            ScoreGradient = call.GradientIfWanted<T>(1),
            Windows = MapWindows.Of(Window, call.Input(0).Shape),
            Gain = R.Of(Gain),
        });
}

/// <summary>One thread: one element of y and, where it is kept, its divisor.</summary>
internal partial struct WeightedPoolForward<T, R, W> : IChannelKernel<T>
    where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IPoolWeight
{
    public ArrayView<T> X, Z, Y, Divisor;
    public MapWindows Windows;
    public T Gain;
    public int Normalise;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        MapPlace y = Windows.Output.Place(index);
        Interval rows = Windows.Vertical.Cells(y.Row), columns = Windows.Horizontal.Cells(y.Column);
        T sum = R.Of(0), weights = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                int cell = Windows.Input.Offset(y.Image, row, column, y.Channel);
                T weight = W.Of<T, R>(Z[cell], Gain, out _);
                weights += weight;
                sum += weight * X[cell];
            }
        }
        T divisor = Normalise != 0 ? weights : R.Of(Windows.Area);
        Y[index] = sum / divisor;
        if (Divisor.Length > 0)
            Divisor[index] = divisor;
    }
}

/// <summary>One thread: one element of dx and dz, of which one may not be wanted.</summary>
internal partial struct WeightedPoolBackward<T, R, W> : IChannelKernel<T>
    where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IPoolWeight
{
    public ArrayView<T> X, Z, Y, Divisor, OutputGradient, InputGradient, ScoreGradient;
    public MapWindows Windows;
    public T Gain;

    public readonly int Count => X.IntLength;

    public readonly void Run(int index)
    {
        MapPlace x = Windows.Input.Place(index);
        Interval rows = Windows.Vertical.Holding(x.Row), columns = Windows.Horizontal.Holding(x.Column);
        T shares = R.Of(0), weightGradient = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                int window = Windows.Output.Offset(x.Image, row, column, x.Channel);
                T share = OutputGradient[window] / (Divisor.Length > 0 ? Divisor[window] : R.Of(Windows.Area));
                shares += share;
                weightGradient += share * (Divisor.Length > 0 ? X[index] - Y[window] : X[index]);
            }
        }
        T weight = W.Of<T, R>(Z[index], Gain, out T slope);
        if (InputGradient.Length > 0)
            InputGradient[index] = shares * weight;
        if (ScoreGradient.Length > 0)
            ScoreGradient[index] = weightGradient * slope;
    }
}
