using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Largest value of each window: the stem of ResNet.</summary>
/// <remarks>
/// Equation: y[n,i,j,c] = max of x[n,.,.,c] over the cells of the window that lie on the map; padding never wins. A NaN wins over numbers, as in PyTorch.
/// Gradient: dx[n,i,j,c] = sum of dy over the windows that the cell won. Of equal values the first in row-major order wins.
/// Saved: the winner's number in its window, of y's size, so that backward reads neither x nor y.
/// Shapes: x (N, H, W, C), y (N, Ho, Wo, C).
/// Errors: ShapeException for another rank, an empty or too small map, or a window that may lie in the padding alone.
/// </remarks>
/// <param name="Window">Windows may overlap; a remainder at the end of an axis is dropped, or with Ceil has a window of its own.</param>
public sealed record MaxPool2d(Window Window) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        return Window.Pooled(Name, inputs[0], takesCeil: true);
    }

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Kept;

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new MaxPoolForward<T, R>
    {
        X = call.Input(0).View<T>(),
        Y = call.Output.View<T>(),
        Winner = call.Keep ? call.Save(call.Output.Shape).View<T>() : default,
        Windows = MapWindows.Of(Window, call.Input(0).Shape),
    });

    internal override void Backward<T, R>(BackwardCall call) => call.Device.Launch(new MaxPoolBackward<T, R>
    {
        Winner = call.Saved(0).View<T>(),
        OutputGradient = call.OutputGradient.View<T>(),
        Gradient = call.Gradient(0).View<T>(),
        Windows = MapWindows.Of(Window, call.Input(0).Shape),
    });

    /// <summary>Whether a later value wins: it is larger, or it is NaN, being neither below 1 nor above 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V IfWins<V, F>(V best, V value, V then, V otherwise) where V : struct where F : struct, IFormula<V> =>
        F.IfLess(best, value, then, F.IfLess(value, F.Of(1), otherwise, F.IfLess(F.Of(0), value, otherwise, then)));

    /// <summary>Whether two whole numbers are equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V IfSame<V, F>(V a, V b, V then, V otherwise) where V : struct where F : struct, IFormula<V> =>
        F.IfLess(a, b, otherwise, F.IfLess(b, a, otherwise, then));
}

/// <summary>One thread: one element of y and, where it is kept, its winner.</summary>
internal partial struct MaxPoolForward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y, Winner;
    public MapWindows Windows;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        MapPlace y = Windows.Output.Place(index);
        Interval rows = Windows.Vertical.Cells(y.Row), columns = Windows.Horizontal.Cells(y.Column);
        T best = X[Windows.Input.Offset(y.Image, rows.First, columns.First, y.Channel)];
        T winner = R.Of(Windows.CellNumber(y.Row, y.Column, rows.First, columns.First));
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                T value = X[Windows.Input.Offset(y.Image, row, column, y.Channel)];
                winner = MaxPool2d.IfWins<T, R>(best, value, R.Of(Windows.CellNumber(y.Row, y.Column, row, column)), winner);
                best = MaxPool2d.IfWins<T, R>(best, value, value, best);
            }
        }
        Y[index] = best;
        if (Winner.Length > 0)
            Winner[index] = winner;
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct MaxPoolBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Winner, OutputGradient, Gradient;
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
            {
                int window = Windows.Output.Offset(x.Image, row, column, x.Channel);
                T number = R.Of(Windows.CellNumber(row, column, x.Row, x.Column));
                sum += MaxPool2d.IfSame<T, R>(Winner[window], number, OutputGradient[window], R.Of(0));
            }
        }
        Gradient[index] = sum;
    }
}
