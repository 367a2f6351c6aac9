using System.Numerics;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Exchanges two axes.</summary>
/// <remarks>
/// Equation: y[.., j, .., i, ..] = x[.., i, .., j, ..]. Gradient: dx is dy with the same axes exchanged.
/// Shapes: x of any rank; y has the two extents exchanged. Errors: ShapeException for an axis that x does not have.
/// </remarks>
/// <param name="First">One axis; negative ones count from the end.</param>
/// <param name="Second">The other.</param>
public sealed record Transpose(int First, int Second) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        (Bands outer, Bands inner) = Axes(inputs[0]);
        int[] extents = [.. inputs[0].Extents];
        (extents[outer.Axis], extents[inner.Axis]) = (inner.Extent, outer.Extent);
        return new Shape(extents);
    }

    internal override void Forward<T, R>(ForwardCall call) => Launch<T>(call.Input(0), call.Output);

    internal override void Backward<T, R>(BackwardCall call) => Launch<T>(call.OutputGradient, call.Gradient(0));

    private void Launch<T>(DeviceArray x, DeviceArray y) where T : unmanaged, INumber<T>
    {
        (Bands outer, Bands inner) = Axes(x.Shape);
        if (x.Shape.Count == 0)
            return;
        y.Device.Launch(new TransposeForward<T>
        {
            X = x.View<T>(),
            Y = y.View<T>(),
            Outer = outer.Extent,
            Middle = outer.Axis == inner.Axis ? 1 : outer.Inner / (inner.Extent * inner.Inner),
            Inner = outer.Axis == inner.Axis ? 1 : inner.Extent,
            Length = inner.Inner,
        });
    }

    private (Bands Outer, Bands Inner) Axes(Shape x)
    {
        Bands first = Bands.Of(Name, "x", x, First), second = Bands.Of(Name, "x", x, Second);
        return first.Axis < second.Axis ? (first, second) : (second, first);
    }
}

/// <summary>One thread: one element of y (.., Inner, Middle, Outer, Length), of which x is (.., Outer, Middle, Inner, Length).</summary>
internal struct TransposeForward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, Y;
    public int Outer, Middle, Inner, Length;

    public readonly int Count => Y.IntLength;

    /// <summary>A tile is all that lies under one index of the axis that comes first in y.</summary>
    public readonly int Tiles => Count / (Outer * Middle * Length);

    public readonly void Run(int index)
    {
        int run = index / Length, row = run / Outer, block = row / Middle;
        int outer = run % Outer, middle = row % Middle, inner = block % Inner;
        Y[index] = X[Source(block / Inner, outer, middle, inner) + index % Length];
    }

    // Assumes what Views.Pointer promises: host memory.
    public readonly unsafe void RunTile(int tile)
    {
        T* x = X.Pointer(), y = Y.Pointer() + (long)tile * Outer * Middle * Length;
        for (int middle = 0; middle < Middle; middle++)
        {
            for (int outer = 0; outer < Outer; outer++, y += Length)
            {
                T* source = x + Source(tile / Inner, outer, middle, tile % Inner);
                if (Length == 1)
                    *y = *source;
                else
                    new ReadOnlySpan<T>(source, Length).CopyTo(new Span<T>(y, Length));
            }
        }
    }

    private readonly int Source(int row, int outer, int middle, int inner) => (((row * Outer + outer) * Middle + middle) * Inner + inner) * Length;
}
