using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Resamples a map to a given size: the restoration of self-attentive pooling.</summary>
/// <remarks>
/// Equation: y[n,i,j,c] = sum over a, b of u(i,a) v(j,b) x[n,a,b,c]. Nearest: u(i,a) = 1 for a = floor(i h / H). Bilinear: with
/// s = max((i + 1/2) h / H - 1/2, 0) and f = s - floor s, weight 1 - f for a = floor s and f for a = min(floor s + 1, h - 1). v likewise.
/// Gradient: dx[n,a,b,c] = sum over i, j of u(i,a) v(j,b) dy[n,i,j,c], in row-major order.
/// A cell of weight 0 takes no part, even where it is infinite.
/// Shapes: x (N, h, w, C), y (N, Height, Width, C), which may also be smaller.
/// Errors: ShapeException for another rank or an empty map.
/// </remarks>
/// <param name="Height">Rows of y.</param>
/// <param name="Width">Columns of y.</param>
/// <param name="Mode">Interpolation.</param>
public sealed record Upsample(int Height, int Width, Interpolation Mode) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Shape x = inputs[0];
        Require.Rank(Name, "x", x, "N, h, w, C");
        Require.That(x[1] > 0 && x[2] > 0, Name, "x", x, "(N, h, w, C) with h, w >= 1", ShapeFault.TooSmall);
        if (Height < 1 || Width < 1)
            throw new ShapeException($"{Name}: the output must have H, W >= 1, but is ({Height}, {Width}).");
        return new Shape(x[0], Height, Width, x[3]);
    }

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Kept;

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new UpsampleForward<T, R>
    {
        X = call.Input(0).View<T>(),
        Y = call.Output.View<T>(),
        Map = Map(call.Input(0).Shape),
    });

    internal override void Backward<T, R>(BackwardCall call) => call.Device.Launch(new UpsampleBackward<T, R>
    {
        OutputGradient = call.OutputGradient.View<T>(),
        Gradient = call.Gradient(0).View<T>(),
        Map = Map(call.Input(0).Shape),
    });

    private MapResampling Map(Shape x)
    {
        int taps = Mode == Interpolation.Nearest ? 1 : 2;
        return new(new(x[1], Height, taps), new(x[2], Width, taps), x[3]);
    }
}

/// <summary>One thread: one element of y.</summary>
internal partial struct UpsampleForward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y;
    public MapResampling Map;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        MapPlace y = Map.Target.Place(index);
        T sum = R.Of(0);
        for (int a = 0; a < Map.Vertical.Taps; a++)
        {
            for (int b = 0; b < Map.Horizontal.Taps; b++)
            {
                T weight = Map.Vertical.Weight<T, R>(y.Row, a) * Map.Horizontal.Weight<T, R>(y.Column, b);
                T x = X[Map.Source.Offset(y.Image, Map.Vertical.Cell(y.Row, a), Map.Horizontal.Cell(y.Column, b), y.Channel)];
                sum += Weighted.Product<T, R>(weight, x);
            }
        }
        Y[index] = sum;
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct UpsampleBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> OutputGradient, Gradient;
    public MapResampling Map;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        MapPlace x = Map.Source.Place(index);
        Interval rows = Map.Vertical.Readers(x.Row), columns = Map.Horizontal.Readers(x.Column);
        T sum = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            T rowSum = R.Of(0);
            for (int column = columns.First; column < columns.End; column++)
            {
                T dy = OutputGradient[Map.Target.Offset(x.Image, row, column, x.Channel)];
                rowSum += Weighted.Product<T, R>(Map.Horizontal.WeightOf<T, R>(x.Column, column), dy);
            }
            sum += Weighted.Product<T, R>(Map.Vertical.WeightOf<T, R>(x.Row, row), rowSum);
        }
        Gradient[index] = sum;
    }
}
