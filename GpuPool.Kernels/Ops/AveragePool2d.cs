using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Mean of each window.</summary>
/// <remarks>
/// Equation: y[n,i,j,c] = sum of x[n,.,.,c] over the window / D, D the number of its cells, those in the padding included unless
/// <paramref name="CountsPadding"/> is false. As in PyTorch, what a window with Ceil has behind the padding never counts.
/// Gradient: dx[n,i,j,c] = sum of dy / D over the windows that hold the cell; 0 where none does.
/// Shapes: x (N, H, W, C), y (N, Ho, Wo, C).
/// Errors: ShapeException for another rank, an empty or too small map, or a window that may lie in the padding alone.
/// </remarks>
/// <param name="Window">Windows may overlap; a remainder at the end of an axis is dropped, or with Ceil has a window of its own.</param>
/// <param name="CountsPadding">Whether padding counts as zeros: PyTorch's count_include_pad, true as there.</param>
public sealed record AveragePool2d(Window Window, bool CountsPadding = true) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        return Window.Pooled(Name, inputs[0], takesCeil: true);
    }

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Kept;

    internal override void Forward<T, R>(ForwardCall call) => Forward<T, R>(call, Windows(call.Input(0)));

    internal override void Backward<T, R>(BackwardCall call) => Backward<T, R>(call, Windows(call.Input(0)));

    internal static void Forward<T, R>(ForwardCall call, AveragedWindows windows) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        call.Device.Launch(new AveragePoolForward<T, R> { X = call.Input(0).View<T>(), Y = call.Output.View<T>(), Averaged = windows });

    internal static void Backward<T, R>(BackwardCall call, AveragedWindows windows) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        call.Device.Launch(new AveragePoolBackward<T, R>
        {
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.Gradient(0).View<T>(),
            Averaged = windows,
        });

    private AveragedWindows Windows(DeviceArray x) => new(MapWindows.Of(Window, x.Shape), CountsPadding ? 1 : 0);
}

/// <summary>The windows of an average, and what the sum of each is divided by.</summary>
internal readonly record struct AveragedWindows(MapWindows Windows, int CountsPadding)
{
    /// <summary>Whether each window is divided by its area.</summary>
    public bool Alike => Divisor(0, 0) == Windows.Area && Divisor(Windows.Vertical.Count - 1, Windows.Horizontal.Count - 1) == Windows.Area;

    public int Divisor(int row, int column) => Cells(Windows.Vertical, row) * Cells(Windows.Horizontal, column);

    /// <summary>The area over the divisor, 1 where these are the same: a gradient is a sum of such shares, divided by the area.</summary>
    public T Share<T, R>(int row, int column) where T : unmanaged, INumber<T> where R : struct, IReal<T> => R.Of(Windows.Area) / R.Of(Divisor(row, column));

    private int Cells(WindowAxis axis, int window) => (CountsPadding != 0 ? axis.PaddedCells(window) : axis.Cells(window)).Length;
}

/// <summary>One thread: one element of y. Sums of rows are summed, which keeps the rounding of large windows small.</summary>
internal partial struct AveragePoolForward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y;
    public AveragedWindows Averaged;

    private readonly MapWindows Windows => Averaged.Windows;

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
        Y[index] = sum / R.Of(Averaged.Divisor(y.Row, y.Column));
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct AveragePoolBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> OutputGradient, Gradient;
    public AveragedWindows Averaged;

    private readonly MapWindows Windows => Averaged.Windows;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        MapPlace x = Windows.Input.Place(index);
        Interval rows = Windows.Vertical.Holding(x.Row), columns = Windows.Horizontal.Holding(x.Column);
        T sum = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
                sum += OutputGradient[Windows.Output.Offset(x.Image, row, column, x.Channel)] * Averaged.Share<T, R>(row, column);
        }
        Gradient[index] = sum / R.Of(Windows.Area);
    }
}
