using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Matrix;

public static partial class Equations
{
    public static IEnumerable<Scalar> Add(Add op, Map[] inputs, Shape y) => inputs[0].Values.Zip(inputs[1].Values, (a, b) => a + b);

    public static IEnumerable<Scalar> Subtract(Subtract op, Map[] inputs, Shape y) => inputs[0].Values.Zip(inputs[1].Values, (a, b) => a - b);

    public static IEnumerable<Scalar> Divide(Divide op, Map[] inputs, Shape y) => inputs[0].Values.Zip(inputs[1].Values, (a, b) => a / b);

    public static IEnumerable<Scalar> Scale(Scale op, Map[] inputs, Shape y) => inputs[0].Values.Select(x => op.Factor * x);

    public static IEnumerable<Scalar> Multiply(Multiply op, Map[] inputs, Shape y) => inputs[0].Values.Zip(inputs[1].Values, (a, b) => a * b);

    public static IEnumerable<Scalar> Blend(Blend op, Map[] inputs, Shape y) =>
        inputs[2].Values.Select((gate, index) => gate * inputs[0][index] + (1 - gate) * inputs[1][index]);

    public static IEnumerable<Scalar> Pointwise(Pointwise op, Map[] inputs, Shape y) => inputs[0].Values.Select<Scalar, Scalar>(op.Function switch
    {
        PointwiseFunction.Relu => x => Scalar.Clamp(x, 0, double.PositiveInfinity),
        PointwiseFunction.Relu6 => x => Scalar.Clamp(x, 0, 6),
        PointwiseFunction.LeakyRelu => x => Scalar.Clamp(x, 0, double.PositiveInfinity) + op.Leak * Scalar.Clamp(x, double.NegativeInfinity, 0),
        PointwiseFunction.Exp => Scalar.Exp,
        PointwiseFunction.Log => Scalar.Log,
        PointwiseFunction.Sigmoid => Scalar.Sigmoid,
        PointwiseFunction.Softplus => Scalar.Softplus,
        PointwiseFunction.Tanh => Scalar.Tanh,
        _ => throw new NotSupportedException($"{op.Function} has no equation."),
    });

    public static IEnumerable<Scalar> ElementLoss(ElementLoss op, Map[] inputs, Shape y) => inputs[0].Values.Select((x, index) =>
    {
        double t = inputs[1][index].Value, weight = inputs.Length > 2 ? inputs[2][index].Value : 1;
        Scalar d = x - t;
        return weight * op.Function switch
        {
            ElementLossFunction.SmoothL1 => Math.Abs(d.Value) < op.Beta ? d * d / (2 * op.Beta) : Scalar.Abs(d) - op.Beta / 2,
            ElementLossFunction.Square => d * d,
            ElementLossFunction.BinaryCrossEntropy => t * Scalar.Softplus(-x) + (1 - t) * Scalar.Softplus(x),
            _ => throw new NotSupportedException($"{op.Function} has no equation."),
        };
    });

    public static IEnumerable<Scalar> Gather(Gather op, Map[] inputs, Shape y)
    {
        int width = inputs[0].Values.Length / inputs[0].Shape[0];
        return inputs[1].Values.SelectMany(row => inputs[0].Values.AsMemory((int)row.Value * width, width).ToArray());
    }

    public static IEnumerable<Scalar> Dropout(Dropout op, Map[] inputs, Shape y) => inputs[0].Values.Select((x, index) =>
        x * (Philox.Uniform(op.Seed, op.Stream, op.Step, (uint)index) < op.Probability ? 0 : 1 / (1 - op.Probability)));

    public static IEnumerable<Scalar> Reshape(Reshape op, Map[] inputs, Shape y) => inputs[0].Values;

    public static IEnumerable<Scalar> Broadcast(Broadcast op, Map[] inputs, Shape y) =>
        Enumerable.Range(0, y.Count).Select(index => inputs[0][Shrunk(index, y, inputs[0].Shape)]);

    public static IEnumerable<Scalar> Sum(Sum op, Map[] inputs, Shape y)
    {
        Accumulator[] sums = [.. Enumerable.Range(0, y.Count).Select(_ => new Accumulator())];
        for (int index = 0; index < inputs[0].Values.Length; index++)
            sums[Shrunk(index, inputs[0].Shape, y)].Add(inputs[0][index]);
        return sums.Select(sum => sum.Total);
    }

    public static IEnumerable<Scalar> Transpose(Transpose op, Map[] inputs, Shape y)
    {
        Shape x = inputs[0].Shape;
        int first = op.First < 0 ? op.First + x.Rank : op.First, second = op.Second < 0 ? op.Second + x.Rank : op.Second;
        return Enumerable.Range(0, y.Count).Select(index =>
        {
            int[] place = Place(index, y);
            (place[first], place[second]) = (place[second], place[first]);
            return inputs[0][Index(place, x)];
        });
    }

    public static IEnumerable<Scalar> Concat(Concat op, Map[] inputs, Shape y) =>
        from block in Enumerable.Range(0, Axis(y, op.Axis).Outer)
        from input in inputs
        let length = input.Values.Length / Axis(y, op.Axis).Outer
        from element in Enumerable.Range(block * length, length)
        select input[element];

    public static IEnumerable<Scalar> Slice(Slice op, Map[] inputs, Shape y)
    {
        (int outer, int extent, int inner) = Axis(inputs[0].Shape, op.Axis);
        return from block in Enumerable.Range(0, outer)
               from element in Enumerable.Range((block * extent + op.Start) * inner, op.Length * inner)
               select inputs[0][element];
    }

    public static IEnumerable<Scalar> PositionEmbedding(PositionEmbedding op, Map[] inputs, Shape y) =>
        from pixel in Pixels(y)
        from e in Enumerable.Range(0, y[3])
        let place = e < y[3] / 2 ? inputs[2][pixel.J, e] : inputs[1][pixel.I, e - y[3] / 2]
        select inputs[0][pixel.N, pixel.I, pixel.J, e] + place;

    public static IEnumerable<Scalar> Upsample(Upsample op, Map[] inputs, Shape y)
    {
        Map x = inputs[0];
        return from pixel in Pixels(y)
               from c in Enumerable.Range(0, y[3])
               select Scalar.Sum(from row in Sources(op.Mode, pixel.I, x.Shape[1], y[1])
                                 from column in Sources(op.Mode, pixel.J, x.Shape[2], y[2])
                                 select row.Weight * column.Weight * x[pixel.N, row.Cell, column.Cell, c]);
    }

    // Cells of the source that a cell of the target is made of. A weight is what remains of a place, and is as exact as that.
    private static IEnumerable<(int Cell, Scalar Weight)> Sources(Interpolation mode, int target, int sources, int targets)
    {
        if (mode == Interpolation.Nearest)
            return [((int)((long)target * sources / targets), 1)];
        double place = Math.Max((target + 0.5) * sources / targets - 0.5, 0);
        int first = (int)place;
        return [(first, 1 - (place - (Scalar)first)), (Math.Min(first + 1, sources - 1), place - (Scalar)first)];
    }

    // Products of the extents before and behind an axis.
    private static (int Outer, int Extent, int Inner) Axis(Shape shape, int axis)
    {
        axis = axis < 0 ? axis + shape.Rank : axis;
        int Product(ReadOnlySpan<int> extents) => new Shape(extents).Count;
        return (Product(shape.Extents[..axis]), shape[axis], Product(shape.Extents[(axis + 1)..]));
    }

    // The element that stands for one of a larger shape in one that has extent 1 along some axes.
    private static int Shrunk(int index, Shape large, Shape small) => Index([.. Place(index, large).Select((at, axis) => small[axis] == 1 ? 0 : at)], small);

    private static int[] Place(int index, Shape shape)
    {
        int[] place = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
            (place[axis], index) = (index % shape[axis], index / shape[axis]);
        return place;
    }

    private static int Index(int[] place, Shape shape)
    {
        int index = 0;
        for (int axis = 0; axis < shape.Rank; axis++)
            index = index * shape[axis] + place[axis];
        return index;
    }
}
