using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Adds a learned vector of its place to each cell of a map: the tables of DETR.</summary>
/// <remarks>
/// Equation: y[n,i,j,e] = x[n,i,j,e] + column[j,e] for e below E/2, + row[i,e-E/2] above.
/// Gradient: dx = dy, without a copy; dcolumn[j,e] = sum over n, i of dy[n,i,j,e]; drow[i,e] = sum over n, j of dy[n,i,j,E/2+e]; 0 in rows of a table
/// that the map does not reach.
/// Shapes: x, y (N, h, w, E) with even E; row (R, E/2) with R >= h; column (S, E/2) with S >= w. R = S = 256 in the released code.
/// Errors: ShapeException where that does not hold.
/// </remarks>
public sealed record PositionEmbedding : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 3, 3);
        (Shape x, Shape row, Shape column) = (inputs[0], inputs[1], inputs[2]);
        Require.Rank(Name, "x", x, "N, h, w, E");
        Require.That(x[3] % 2 == 0, Name, "x", x, "(N, h, w, E) with even E");
        Table("row", row, x[3] / 2);
        Table("column", column, x[3] / 2);
        Require.That(x[1] <= row[0] && x[2] <= column[0], Name, "x", x, $"(N, h, w, E) with h <= {row[0]}, w <= {column[0]}, the rows of the tables", ShapeFault.TooManyCells);
        return x;
    }

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new PositionForward<T, R>
    {
        X = call.Input(0).View<T>(),
        Row = call.Input(1).View<T>(),
        Column = call.Input(2).View<T>(),
        Y = call.Output.View<T>(),
        Map = MapLayout.Of(call.Output.Shape),
    });

    internal override void Backward<T, R>(BackwardCall call)
    {
        Shape x = call.Input(0).Shape;
        if (call.Wants(0))
            call.Pass(0);
        if (call.Wants(1))
            TableGradient<T, R>(call, table: 1, new PositionSum(Images: x[0], Places: x[1], PlaceStride: x[2], Across: x[2], AcrossStride: 1, FirstChannel: x[3] / 2));
        if (call.Wants(2))
            TableGradient<T, R>(call, table: 2, new PositionSum(Images: x[0], Places: x[2], PlaceStride: 1, Across: x[1], AcrossStride: x[2], FirstChannel: 0));
    }

    private static void TableGradient<T, R>(BackwardCall call, int table, PositionSum sum) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        call.Device.Launch(new PositionTableBackward<T, R>
        {
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.Gradient(table).View<T>(),
            Channels = call.Input(table).Shape.Channels,
            Sum = sum,
        });

    private void Table(string operand, Shape table, int channels)
    {
        Require.Rank(Name, operand, table, "rows, E/2");
        Require.That(table[1] == channels, Name, operand, table, $"(rows, E/2) with E/2 = {channels}");
    }
}

/// <summary>One thread: one element of y.</summary>
internal partial struct PositionForward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Row, Column, Y;
    public MapLayout Map;

    public readonly int Count => Y.IntLength;

    /// <summary>Half of a cell has one vector from a table.</summary>
    public readonly int Channels => Map.Channels >> 1;

    public readonly void Run(int index)
    {
        MapPlace y = Map.Place(index);
        Y[index] = X[index] + (y.Channel < Channels ? Column[y.Column * Channels + y.Channel] : Row[y.Row * Channels + y.Channel - Channels]);
    }
}

/// <summary>
/// Cells that use one row of a table, as pixels of the batch: place p of Places begins at p PlaceStride, and each image adds Across of them, AcrossStride apart.
/// </summary>
internal readonly record struct PositionSum(int Images, int Places, int PlaceStride, int Across, int AcrossStride, int FirstChannel)
{
    public int Pixel(int image, int place, int across) => image * Places * Across + place * PlaceStride + across * AcrossStride;
}

/// <summary>One thread: one element of the gradient of a table. Sums of images are summed.</summary>
internal partial struct PositionTableBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> OutputGradient, Gradient;
    public PositionSum Sum;

    public readonly int Count => Gradient.IntLength;

    public int Channels { readonly get; set; }

    public readonly void Run(int index)
    {
        int place = index / Channels, channel = index % Channels;
        T sum = R.Of(0);
        for (int image = 0; image < Sum.Images && place < Sum.Places; image++)
        {
            T imageSum = R.Of(0);
            for (int across = 0; across < Sum.Across; across++)
                imageSum += OutputGradient[Sum.Pixel(image, place, across) * 2 * Channels + Sum.FirstChannel + channel];
            sum += imageSum;
        }
        Gradient[index] = sum;
    }
}
