using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Cuts boxes out of maps, each in a grid of bins of one size (He, Gkioxari, Dollár and Girshick, "Mask R-CNN", 2017).</summary>
/// <remarks>
/// Equation: y[k,i,j,c] = mean over the samples (v, u) of bin (i, j) of box k of x[image,.,.,c], interpolated bilinearly at (v, u). A box is moved to the map by the
/// scale and, where aligned, half a cell back; else it is at least a cell wide and high. Its bins are equal, and so are the parts of a bin that have a sample in
/// their middle. A sample outside of [-1, H] x [-1, W] is 0; within, one outside of the map is as at the border. A bin without samples, of an empty box, is 0.
/// Gradient: dx[n,a,b,c] = sum over the boxes of image n, in order, and their bins of the weight with which they read the cell, times dy; none for the boxes.
/// Shapes: x (N, H, W, C); boxes (K, 5), each image number, x1, y1, x2, y2 in the element type; y (K, Height, Width, C). A box of no image, or not finite, gives NaN
/// and takes no part in the gradient. A cell of weight 0 takes no part.
/// Source: the definition of RoIAlign in mmcv 1.5.3 and torchvision 0.14.
/// </remarks>
/// <param name="Height">Rows of bins.</param>
/// <param name="Width">Columns of bins.</param>
/// <param name="Scale">Cells of the map for one pixel: 1 / stride.</param>
/// <param name="Aligned">Whether boxes are moved by half a cell; true by default.</param>
/// <param name="Samples">Samples along each axis of a bin; 0, the default, for as many as a bin has cells along the axis, rounded up.</param>
public sealed record RoiAlign(int Height, int Width, double Scale, bool Aligned = true, int Samples = 0) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 2);
        Shape x = inputs[0];
        Require.Rank(Name, "x", x, "N, H, W, C");
        Require.That(x[1] > 0 && x[2] > 0, Name, "x", x, "(N, H, W, C) with H, W >= 1", ShapeFault.TooSmall);
        Require.Same(Name, "boxes", inputs[1], new Shape(inputs[1].Rank > 0 ? inputs[1][0] : 0, RoiGrid.BoxNumbers), "(K, 5)");
        if (Height < 1 || Width < 1)
            throw new ShapeException($"{Name}: the output must have Height, Width >= 1, but is ({Height}, {Width}).");
        return new Shape(inputs[1][0], Height, Width, x[3]);
    }

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => operand == 0 ? ChannelRole.Kept : ChannelRole.Fixed;

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new RoiAlignForward<T, R>
    {
        X = call.Input(0).View<T>(),
        Rois = call.Input(1).View<T>(),
        Y = call.Output.View<T>(),
        Grid = Grid(call.Input(0).Shape),
        Scale = R.Of(Scale),
    });

    internal override void Backward<T, R>(BackwardCall call)
    {
        if (!call.Wants(0))
            return;
        call.Device.Launch(new RoiAlignBackward<T, R>
        {
            Rois = call.Input(1).View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.Gradient(0).View<T>(),
            Grid = Grid(call.Input(0).Shape),
            Scale = R.Of(Scale),
        });
    }

    private RoiGrid Grid(Shape x) => new(x[0], MapLayout.Of(x), Height, Width, Samples, Aligned ? 1 : 0);
}

/// <summary>One thread: one element of y.</summary>
internal partial struct RoiAlignForward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Rois, Y;
    public RoiGrid Grid;
    public T Scale;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        MapPlace y = Grid.Bins.Place(index);
        int image = Grid.Image<T, R>(Rois, y.Image);
        RoiAxis<T, R> vertical = Grid.Vertical<T, R>(Rois, y.Image, Scale), horizontal = Grid.Horizontal<T, R>(Rois, y.Image, Scale);
        if (image < 0 || !vertical.IsBox || !horizontal.IsBox)
        {
            Y[index] = R.Of(double.NaN);
            return;
        }
        T sum = R.Of(0);
        for (int v = 0; v < vertical.Samples; v++)
        {
            RoiTaps<T> rows = vertical.Taps(y.Row, v);
            for (int u = 0; u < horizontal.Samples; u++)
            {
                RoiTaps<T> columns = horizontal.Taps(y.Column, u);
                sum += Weighted.Product<T, R>(rows.LowWeight * columns.LowWeight, X[Grid.Map.Offset(image, rows.Low, columns.Low, y.Channel)]);
                sum += Weighted.Product<T, R>(rows.LowWeight * columns.HighWeight, X[Grid.Map.Offset(image, rows.Low, columns.High, y.Channel)]);
                sum += Weighted.Product<T, R>(rows.HighWeight * columns.LowWeight, X[Grid.Map.Offset(image, rows.High, columns.Low, y.Channel)]);
                sum += Weighted.Product<T, R>(rows.HighWeight * columns.HighWeight, X[Grid.Map.Offset(image, rows.High, columns.High, y.Channel)]);
            }
        }
        Y[index] = sum / R.Of(Math.Max(vertical.Samples * horizontal.Samples, 1));
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct RoiAlignBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Rois, OutputGradient, Gradient;
    public RoiGrid Grid;
    public T Scale;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        MapPlace x = Grid.Map.Place(index);
        T sum = R.Of(0);
        for (int roi = 0; roi < Rois.IntLength / RoiGrid.BoxNumbers; roi++)
        {
            if (Grid.Image<T, R>(Rois, roi) == x.Image)
                sum += Sum(x, roi);
        }
        Gradient[index] = sum;
    }

    private readonly T Sum(MapPlace x, int roi)
    {
        RoiAxis<T, R> vertical = Grid.Vertical<T, R>(Rois, roi, Scale), horizontal = Grid.Horizontal<T, R>(Rois, roi, Scale);
        Interval rows = vertical.Cells, columns = horizontal.Cells;
        T sum = R.Of(0);
        if (x.Row < rows.First || x.Row >= rows.End || x.Column < columns.First || x.Column >= columns.End)
            return sum;
        for (int row = 0; row < Grid.Height; row++)
        {
            T weight = vertical.WeightOf(x.Row, row);
            for (int column = 0; column < Grid.Width; column++)
                sum += Weighted.Product<T, R>(weight * horizontal.WeightOf(x.Column, column), OutputGradient[Grid.Bins.Offset(roi, row, column, x.Channel)]);
        }
        return sum / R.Of(vertical.Samples * horizontal.Samples);
    }
}
