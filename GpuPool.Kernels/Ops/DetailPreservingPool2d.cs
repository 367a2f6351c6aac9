using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Weighted mean of each window whose weights grow with the distance of a cell from a smooth reference: small details survive the pooling.</summary>
/// <remarks>
/// Equation (Saeedan et al., Detail-Preserving Pooling in Deep Networks, CVPR 2018): d = x - r (asymmetric: max(x - r, 0)), q = d^2 + 0.001,
/// w = (q / n)^p + b, y = sum of w x / sum of w over the window, with n the mean of q over the window, p = exp(lambda) / 2, b = exp(min(alpha, 10)).
/// Their nngraph code has this mean, their CUDA code the sum: over 4 cells that is (q / n)^p divided by 4^p, which b and lambda can make up for.
/// Gradient, with G = dy / sum of w, e = x - y, t = (q / n)^p and K cells: A = G p sum of e t / (n K); dx = sum over the windows that hold the cell of
/// G w + 2 d (G p e t / q - A); dr = -2 sum of d (G p e t / q - A); dlambda = sum of G p e t ln(q / n); dalpha = sum of G b e, 0 above 10. Nothing is saved.
/// Shapes: x (N, H, W, C), r, y (N, Ho, Wo, C), alpha, lambda (C).
/// Errors: ShapeException where that does not hold. lambda above 6 or so may give infinite weights in float32, and y = NaN.
/// </remarks>
/// <param name="Window">Windows may overlap; padding weighs nothing, and a remainder at the end of an axis is dropped.</param>
/// <param name="Symmetric">Whether cells below the reference count as those above it do.</param>
public sealed record DetailPreservingPool2d(Window Window, bool Symmetric = true) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 4, 4);
        Shape y = Window.Pooled(Name, inputs[0]);
        Require.Same(Name, "the reference", inputs[1], y, "(N, Ho, Wo, C)");
        Require.Same(Name, "alpha", inputs[2], new Shape(y.Channels), "(C)");
        Require.Same(Name, "lambda", inputs[3], new Shape(y.Channels), "(C)");
        return y;
    }

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new DetailPoolForward<T, R>
    {
        Operands = Operands<T, R>(call.Input),
        Y = call.Output.View<T>(),
    });

    internal override void Backward<T, R>(BackwardCall call)
    {
        DeviceArray dy = call.OutputGradient;
        using DeviceArray logMean = call.Scratch(dy.Shape), share = call.Scratch(dy.Shape), pull = call.Scratch(dy.Shape);
        using DeviceArray alphaTerms = call.Scratch(dy.Shape), lambdaTerms = call.Scratch(dy.Shape);
        var windows = new DetailPoolBackwardWindow<T, R>
        {
            Operands = Operands<T, R>(call.Input),
            Y = call.Output.View<T>(),
            OutputGradient = dy.View<T>(),
            LogMean = logMean.View<T>(),
            Share = share.View<T>(),
            Pull = pull.View<T>(),
            ReferenceGradient = call.GradientOrScratch(1).View<T>(),
            AlphaTerms = alphaTerms.View<T>(),
            LambdaTerms = lambdaTerms.View<T>(),
        };
        call.Device.Launch(windows);
        if (call.Wants(0))
            call.Device.Launch(new DetailPoolBackwardCell<T, R> { Windows = windows, InputGradient = call.Gradient(0).View<T>() });
        if (call.Wants(2))
            ColumnSum.Launch<T>(call.Device, alphaTerms, call.Gradient(2));
        if (call.Wants(3))
            ColumnSum.Launch<T>(call.Device, lambdaTerms, call.Gradient(3));
    }

    private DetailPoolOperands<T> Operands<T, R>(Func<int, DeviceArray> input) where T : unmanaged, INumber<T> where R : struct, IReal<T> => new(
        input(0).View<T>(), input(1).View<T>(), input(2).View<T>(), input(3).View<T>(),
        MapWindows.Of(Window, input(0).Shape), R.Of(Symmetric ? double.NegativeInfinity : 0));
}

/// <summary>What both passes read; details below the floor are cut off.</summary>
internal readonly record struct DetailPoolOperands<T>(
    ArrayView<T> X, ArrayView<T> Reference, ArrayView<T> Alpha, ArrayView<T> Lambda, MapWindows Windows, T Floor) where T : unmanaged
{
    /// <summary>Index of a cell of the window of y.</summary>
    public int Cell(MapPlace y, int row, int column) => Windows.Input.Offset(y.Image, row, column, y.Channel);
}

/// <summary>One thread: one element of y.</summary>
internal partial struct DetailPoolForward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public DetailPoolOperands<T> Operands;
    public ArrayView<T> Y;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        MapPlace y = Operands.Windows.Output.Place(index);
        Interval rows = Operands.Windows.Vertical.Cells(y.Row), columns = Operands.Windows.Horizontal.Cells(y.Column);
        T reference = Operands.Reference[index], logMean = DetailMean<T, R>.Log(Operands, y, reference);
        T power = DetailWeight<T, R>.Power(Operands.Lambda[y.Channel]), start = DetailWeight<T, R>.Base(Operands.Alpha[y.Channel], out _);
        T sum = R.Of(0), weights = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                T x = Operands.X[Operands.Cell(y, row, column)];
                T square = DetailWeight<T, R>.Square(DetailWeight<T, R>.Detail(x, reference, Operands.Floor));
                T weight = DetailWeight<T, R>.Contrast(square, logMean, power, out _) + start;
                weights += weight;
                sum += weight * x;
            }
        }
        Y[index] = sum / weights;
    }
}

/// <summary>ln n of a window.</summary>
internal static class DetailMean<T, R> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public static T Log(DetailPoolOperands<T> operands, MapPlace y, T reference)
    {
        Interval rows = operands.Windows.Vertical.Cells(y.Row), columns = operands.Windows.Horizontal.Cells(y.Column);
        T squares = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
                squares += DetailWeight<T, R>.Square(DetailWeight<T, R>.Detail(operands.X[operands.Cell(y, row, column)], reference, operands.Floor));
        }
        return Elementary<T, R>.Log(squares / R.Of((rows.End - rows.First) * (columns.End - columns.First)));
    }
}
