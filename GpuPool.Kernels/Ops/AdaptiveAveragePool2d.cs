using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Means over as many windows as an output of fixed extents has pixels, however large the map is: PyTorch's AdaptiveAvgPool2d.</summary>
/// <remarks>
/// Equation: y[n,i,j,c] = mean of x[n,h,w,c], floor(i H / Ho) &lt;= h &lt; ceil((i + 1) H / Ho), and w likewise: windows overlap where Ho does not divide H, and repeat
/// cells where the map is the smaller one. Gradient: dx[n,h,w,c] = sum of dy / cells of the window, over the windows that hold the cell.
/// Shapes: x (N, H, W, C), y (N, Ho, Wo, C).
/// Errors: ShapeException for another rank, an empty map, or an empty output.
/// </remarks>
/// <param name="Height">Ho</param>
/// <param name="Width">Wo</param>
public sealed record AdaptiveAveragePool2d(int Height, int Width) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Shape x = inputs[0];
        Require.Rank(Name, "x", x, "N, H, W, C");
        Require.That(x[1] > 0 && x[2] > 0, Name, "x", x, "(N, H, W, C) with H, W >= 1", ShapeFault.TooSmall);
        if (Height < 1 || Width < 1)
            throw new ShapeException($"{Name}: the output must have a height and a width of at least 1, but they are {Height} and {Width}.");
        return new Shape(x[0], Height, Width, x[3]);
    }

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Kept;

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new AdaptiveAverageForward<T, R>
    {
        X = call.Input(0).View<T>(),
        Y = call.Output.View<T>(),
        Input = MapLayout.Of(call.Input(0).Shape),
        Output = MapLayout.Of(call.Output.Shape),
    });

    internal override void Backward<T, R>(BackwardCall call) => call.Device.Launch(new AdaptiveAverageBackward<T, R>
    {
        OutputGradient = call.OutputGradient.View<T>(),
        Gradient = call.Gradient(0).View<T>(),
        Input = MapLayout.Of(call.Gradient(0).Shape),
        Output = MapLayout.Of(call.OutputGradient.Shape),
    });

    /// <summary>Cells of one axis that share something with a cell of another that spans the same length: those under a window, or the windows over a cell.</summary>
    internal static Interval Overlap(int cell, int cells, int others) => new(cell * others / cells, ((cell + 1) * others + cells - 1) / cells);
}

/// <summary>One thread: one element of y. A tile is a pixel.</summary>
internal struct AdaptiveAverageForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y;
    public MapLayout Input, Output;

    public readonly int Count => Y.IntLength;

    public readonly int Tiles => Count / Output.Channels;

    public readonly void RunTile(int tile)
    {
        for (int channel = 0; channel < Output.Channels; channel++)
            Run(tile * Output.Channels + channel);
    }

    public readonly void Run(int index)
    {
        MapPlace y = Output.Place(index);
        Interval rows = AdaptiveAveragePool2d.Overlap(y.Row, Output.Height, Input.Height);
        Interval columns = AdaptiveAveragePool2d.Overlap(y.Column, Output.Width, Input.Width);
        T sum = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
                sum += X[Input.Offset(y.Image, row, column, y.Channel)];
        }
        Y[index] = sum / R.Of((rows.End - rows.First) * (columns.End - columns.First));
    }
}

/// <summary>One thread: one element of dx. A tile is a pixel.</summary>
internal struct AdaptiveAverageBackward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> OutputGradient, Gradient;
    public MapLayout Input, Output;

    public readonly int Count => Gradient.IntLength;

    public readonly int Tiles => Count / Input.Channels;

    public readonly void RunTile(int tile)
    {
        for (int channel = 0; channel < Input.Channels; channel++)
            Run(tile * Input.Channels + channel);
    }

    public readonly void Run(int index)
    {
        MapPlace x = Input.Place(index);
        Interval rows = AdaptiveAveragePool2d.Overlap(x.Row, Input.Height, Output.Height);
        Interval columns = AdaptiveAveragePool2d.Overlap(x.Column, Input.Width, Output.Width);
        T sum = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            Interval under = AdaptiveAveragePool2d.Overlap(row, Output.Height, Input.Height);
            for (int column = columns.First; column < columns.End; column++)
            {
                Interval beside = AdaptiveAveragePool2d.Overlap(column, Output.Width, Input.Width);
                int cells = (under.End - under.First) * (beside.End - beside.First);
                sum += OutputGradient[Output.Offset(x.Image, row, column, x.Channel)] / R.Of(cells);
            }
        }
        Gradient[index] = sum;
    }
}
