using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Mean of each window.</summary>
/// <remarks>
/// Equation: y[n,i,j,c] = sum of x[n,.,.,c] over the window / Size^2; padding counts as zeros, as PyTorch's count_include_pad has it.
/// Gradient: dx[n,i,j,c] = sum of dy over the windows that hold the cell / Size^2; 0 where none does.
/// Shapes: x (N, H, W, C), y (N, Ho, Wo, C).
/// Errors: ShapeException for another rank, an empty or too small map, or a window that may lie in the padding alone.
/// </remarks>
/// <param name="Window">Windows may overlap; a remainder at the end of an axis is dropped.</param>
public sealed record AveragePool2d(Window Window) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        return Window.Pooled(Name, inputs[0]);
    }

    internal override void Forward<T, R>(ForwardCall call) => Forward<T, R>(call, MapWindows.Of(Window, call.Input(0).Shape));

    internal override void Backward<T, R>(BackwardCall call) => Backward<T, R>(call, MapWindows.Of(Window, call.Input(0).Shape));

    internal static void Forward<T, R>(ForwardCall call, MapWindows windows) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        call.Device.Launch(new AveragePoolForward<T, R> { X = call.Input(0).View<T>(), Y = call.Output.View<T>(), Windows = windows });

    internal static void Backward<T, R>(BackwardCall call, MapWindows windows) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        call.Device.Launch(new AveragePoolBackward<T, R>
        {
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.Gradient(0).View<T>(),
            Windows = windows,
        });
}

/// <summary>One thread: one element of y. Sums of rows are summed, which keeps the rounding of large windows small.</summary>
internal partial struct AveragePoolForward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y;
    public MapWindows Windows;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        MapPlace y = Windows.Output.Place(index);
        Interval rows = Windows.Vertical.Cells(y.Row), columns = Windows.Horizontal.Cells(y.Column);
        T sum = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            T rowSum = R.Of(0);
            for (int column = columns.First; column < columns.End; column++)
                rowSum += X[Windows.Input.Offset(y.Image, row, column, y.Channel)];
            sum += rowSum;
        }
        Y[index] = sum / R.Of(Windows.Area);
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct AveragePoolBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> OutputGradient, Gradient;
    public MapWindows Windows;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        MapPlace x = Windows.Input.Place(index);
        Interval rows = Windows.Vertical.Holding(x.Row), columns = Windows.Horizontal.Holding(x.Column);
        T sum = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
                sum += OutputGradient[Windows.Output.Offset(x.Image, row, column, x.Channel)];
        }
        Gradient[index] = sum / R.Of(Windows.Area);
    }
}
