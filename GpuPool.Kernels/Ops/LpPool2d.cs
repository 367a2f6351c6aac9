using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// Power mean of the magnitudes in each window, with a learned exponent for each channel, from the average magnitude (p = 1) towards the largest
/// (p to infinity): learned-norm pooling (Gulcehre et al., "Learned-norm pooling for deep feedforward and recurrent neural networks", 2014).
/// </summary>
/// <remarks>
/// Equation, from general knowledge of that paper: y = (sum of |x|^p over the window / A)^(1/p), p = 1 + softplus(rho), A the area of the window; its learned
/// centres are 0 here. Computed as l (sum of (|x| / l)^p / A)^(1/p) with l the largest |x|, which neither overflows nor vanishes;
/// an infinite x makes y infinite. Padding counts as zeros.
/// Gradient, with t = |x| / y: dx = sign(x) sum of dy t^(p-1) / A over the windows that hold the cell; dp = sum of dy |x| t^(p-1) ln t / (p A)
/// over cells and windows, drho = dp sigmoid(rho); cells with x = 0 add nothing to either, and where p reaches its bound drho = 0.
/// Saved: p and dp/drho.
/// Shapes: x (N, H, W, C), rho (C), y (N, Ho, Wo, C).
/// Errors: ShapeException for another rank or another rho, an empty or too small map, or a window that may lie in the padding alone.
/// </remarks>
/// <param name="Window">Windows may overlap; a remainder at the end of an axis is dropped.</param>
/// <param name="Largest">Bound of p; beyond 10 the mean is a maximum in all but name, and few cells get a gradient.</param>
public sealed record LpPool2d(Window Window, double Largest = 10) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 2);
        Shape y = Window.Pooled(Name, inputs[0]);
        Require.Same(Name, "rho", inputs[1], new Shape(y.Channels), "(C)");
        return y;
    }

    internal override void Forward<T, R>(ForwardCall call)
    {
        DeviceArray exponent = call.Save(call.Input(1).Shape), slope = call.Save(call.Input(1).Shape);
        call.Device.Launch(new LpExponent<T, R>
        {
            Rho = call.Input(1).View<T>(),
            Exponent = exponent.View<T>(),
            Slope = slope.View<T>(),
            Largest = R.Of(Largest),
        });
        call.Device.Launch(new LpPoolForward<T, R>
        {
            X = call.Input(0).View<T>(),
            Exponent = exponent.View<T>(),
            Y = call.Output.View<T>(),
            Windows = MapWindows.Of(Window, call.Input(0).Shape),
        });
        if (!call.Keep)
            call.DisposeSaved();
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        // drho is a sum over rows of x, as the gradient of a bias is.
        using DeviceArray? terms = call.Wants(1) ? call.Scratch(call.Input(0).Shape) : null;
        call.Device.Launch(new LpPoolBackward<T, R>
        {
            X = call.Input(0).View<T>(),
            Y = call.Output.View<T>(),
            Exponent = call.Saved(0).View<T>(),
            Slope = call.Saved(1).View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.GradientIfWanted<T>(0),
            Terms = terms is null ? default : terms.View<T>(),
            Windows = MapWindows.Of(Window, call.Input(0).Shape),
        });
        if (terms is not null)
            ColumnSum.Launch<T>(call.Device, terms, call.Gradient(1));
    }
}

/// <summary>One thread: one element of y.</summary>
internal partial struct LpPoolForward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Exponent, Y;
    public MapWindows Windows;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        MapPlace y = Windows.Output.Place(index);
        Interval rows = Windows.Vertical.Cells(y.Row), columns = Windows.Horizontal.Cells(y.Column);
        T exponent = Exponent[y.Channel], largest = R.Of(0), sum = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
                largest = LpPower.Larger<T, R>(largest, X[Windows.Input.Offset(y.Image, row, column, y.Channel)]);
        }
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
                sum += LpPower.Of<T, R>(LpPower.Share<T, R>(X[Windows.Input.Offset(y.Image, row, column, y.Channel)], largest), exponent);
        }
        Y[index] = largest * LpPower.Of<T, R>(sum / R.Of(Windows.Area), R.Of(1) / exponent);
    }
}

/// <summary>One thread: one element of dx, and its term of drho.</summary>
internal partial struct LpPoolBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y, Exponent, Slope, OutputGradient, Gradient, Terms;
    public MapWindows Windows;

    public readonly int Count => X.IntLength;

    public readonly void Run(int index)
    {
        MapPlace x = Windows.Input.Place(index);
        Interval rows = Windows.Vertical.Holding(x.Row), columns = Windows.Horizontal.Holding(x.Column);
        T exponent = Exponent[x.Channel], value = X[index], sum = R.Of(0), logarithms = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                int window = Windows.Output.Offset(x.Image, row, column, x.Channel);
                T share = OutputGradient[window] * LpPower.Of<T, R>(LpPower.Ratio<T, R>(value, Y[window]), exponent - R.Of(1), out T logarithm);
                sum += share;
                logarithms += share * logarithm;
            }
        }
        T area = R.Of(Windows.Area);
        if (Gradient.IntLength > 0)
            Gradient[index] = R.IfLess(value, R.Of(0), R.Of(0) - sum, sum) / area;
        if (Terms.IntLength > 0)
            Terms[index] = R.IfLess(value, R.Of(0), R.Of(0) - value, value) * logarithms * Slope[x.Channel] / (area * exponent);
    }
}
