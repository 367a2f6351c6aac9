using System.Numerics;
using GpuPool.Kernels.Geometry;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Repeats an array along the axes in which it has one element: one weight for all channels, one gate for a whole map.</summary>
/// <remarks>
/// Equation: y[i,j,...] = x[i',j',...] with i' = i, or 0 where x has extent 1. Gradient: dx is the sum of dy over the repetitions.
/// Shapes: x as <paramref name="Target"/>, but with 1 for any extents; up to four axes; y is Target.
/// Errors: ShapeException where that does not hold.
/// </remarks>
/// <param name="Target">Shape of y.</param>
public sealed record Broadcast(Shape Target) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Shape x = inputs[0];
        Require.That(BroadcastAxes.Fit(x, Target), Name, "x", x, $"{Target} with 1 for any of up to four extents");
        return Target;
    }

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new BroadcastForward<T>
    {
        X = call.Input(0).View<T>(),
        Y = call.Output.View<T>(),
        Axes = BroadcastAxes.Of(call.Input(0).Shape, Target),
    });

    internal override void Backward<T, R>(BackwardCall call) => call.Device.Launch(new BroadcastBackward<T>
    {
        OutputGradient = call.OutputGradient.View<T>(),
        Gradient = call.Gradient(0).View<T>(),
        Axes = BroadcastAxes.Of(call.Input(0).Shape, Target),
    });
}

/// <summary>Source and target of a <see cref="Broadcast"/> as batches of maps.</summary>
internal readonly record struct BroadcastAxes(int SourceImages, MapLayout Source, int Images, MapLayout Target)
{
    public static BroadcastAxes Of(Shape source, Shape target)
    {
        Shape from = FourAxes(source), to = FourAxes(target);
        return new(from[0], MapLayout.Of(from), to[0], MapLayout.Of(to));
    }

    /// <summary>Whether the source is the target, but with 1 for any of up to four extents.</summary>
    public static bool Fit(Shape source, Shape target)
    {
        bool fits = source.Rank == target.Rank && source.Rank is >= 1 and <= 4;
        for (int axis = 0; axis < source.Rank && fits; axis++)
            fits = source[axis] == 1 || source[axis] == target[axis];
        return fits;
    }

    /// <summary>The element of the source that stands in a place of the target.</summary>
    public int SourceOf(MapPlace place) => Source.Offset(
        SourceImages == 1 ? 0 : place.Image,
        Source.Height == 1 ? 0 : place.Row,
        Source.Width == 1 ? 0 : place.Column,
        Source.Channels == 1 ? 0 : place.Channel);

    /// <summary>The indices of the target along an axis that hold index <paramref name="at"/> of the source.</summary>
    public static Interval Holding(int at, int sourceExtent, int targetExtent) => sourceExtent == 1 ? new(0, targetExtent) : new(at, at + 1);

    private static Shape FourAxes(Shape shape) => new([.. Enumerable.Repeat(1, 4 - shape.Rank), .. shape.Extents]);
}

/// <summary>One thread: one element of y.</summary>
internal partial struct BroadcastForward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, Y;
    public BroadcastAxes Axes;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index) => Y[index] = X[Axes.SourceOf(Axes.Target.Place(index))];
}

/// <summary>One thread: one element of dx. Sums of each axis are summed, which keeps the rounding of long sums small.</summary>
internal partial struct BroadcastBackward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> OutputGradient, Gradient;
    public BroadcastAxes Axes;

    public readonly int Count => Gradient.IntLength;

    public readonly int Tiles => Count;

    public readonly void Run(int index)
    {
        MapPlace x = Axes.Source.Place(index);
        Interval images = BroadcastAxes.Holding(x.Image, Axes.SourceImages, Axes.Images), rows = BroadcastAxes.Holding(x.Row, Axes.Source.Height, Axes.Target.Height);
        Interval columns = BroadcastAxes.Holding(x.Column, Axes.Source.Width, Axes.Target.Width);
        Interval channels = BroadcastAxes.Holding(x.Channel, Axes.Source.Channels, Axes.Target.Channels);
        T sum = T.Zero;
        for (int image = images.First; image < images.End; image++)
        {
            T imageSum = T.Zero;
            for (int row = rows.First; row < rows.End; row++)
            {
                T rowSum = T.Zero;
                for (int column = columns.First; column < columns.End; column++)
                {
                    T cellSum = T.Zero;
                    for (int channel = channels.First; channel < channels.End; channel++)
                        cellSum += OutputGradient[Axes.Target.Offset(image, row, column, channel)];
                    rowSum += cellSum;
                }
                imageSum += rowSum;
            }
            sum += imageSum;
        }
        Gradient[index] = sum;
    }

    public readonly void RunTile(int tile) => Run(tile);
}
