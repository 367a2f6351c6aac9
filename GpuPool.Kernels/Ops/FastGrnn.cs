using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// Last state of a FastGRNN cell that runs through each window of an axis, from state 0: the sweeps of RNNPool. Windows may overlap, and the input is
/// projected once for all of them.
/// </summary>
/// <remarks>
/// Equation, for each step: a = x w + h u; z = sigmoid(a + gate bias); c = tanh(a + candidate bias);
/// h' = z h + (sigmoid(zeta) (1 - z) + sigmoid(nu)) c. Weights are shared by gate and candidate (Kusupati et al., FastGRNN, NeurIPS 2018; Saha et al.,
/// RNNPool, NeurIPS 2020; as in the code of EdgeML).
/// Gradient, backwards through the steps: dh = dh' z + da u^T with da = dh' (h - sigmoid(zeta) c) z (1 - z) + dh' (sigmoid(zeta) (1 - z) + sigmoid(nu)) (1 - c^2),
/// whose two terms are the gradients of the biases; dw = sum of x^T da, du = sum of h^T da, dx = sum of da w^T over the windows that hold the cell.
/// Saved: a and h of all steps, of (Length, sequences, H).
/// Shapes: x (..., E, ..., I), w (I, H), u (H, H), biases (H), zeta and nu (1); y is x with floor((E - Length) / Stride) + 1 in place of E and H of I.
/// Errors: ShapeException where that does not hold, or the axis is shorter than a window.
/// </remarks>
/// <param name="Axis">The axis, not the last; negative ones count from the end.</param>
/// <param name="Length">Steps: cells of a window, at least 1. A remainder at the end of the axis is dropped.</param>
/// <param name="Stride">Cells from one window to the next.</param>
/// <param name="Reverse">Whether to run from the last cell of a window to the first.</param>
public sealed record FastGrnn(int Axis, int Length, int Stride, bool Reverse = false) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 7, 7);
        Bands x = Bands.Of(Name, "x", inputs[0], Axis);
        Require.That(
            x.Axis < x.Shape.Rank - 1 && x.Extent >= Length, Name, "x", x.Shape, $"a shape with at least {Length} cells on axis {Axis}, not the last", ShapeFault.TooSmall);
        if (Length < 1 || Stride < 1)
            throw new ShapeException($"{Name}: the windows must have length >= 1 and stride >= 1, but have {Length} and {Stride}.");
        Require.Rank(Name, "w", inputs[1], "I, H");
        int width = inputs[1][1];
        Require.Same(Name, "w", inputs[1], new Shape(x.Shape.Channels, width), "(I, H)");
        Require.Same(Name, "u", inputs[2], new Shape(width, width), "(H, H)");
        Require.Same(Name, "the gate bias", inputs[3], new Shape(width), "(H)");
        Require.Same(Name, "the candidate bias", inputs[4], new Shape(width), "(H)");
        Require.Same(Name, "zeta", inputs[5], new Shape(1), "one number");
        Require.Same(Name, "nu", inputs[6], new Shape(1), "one number");
        return x.With(Windows(x.Extent)).WithChannels(width);
    }

    /// <summary>Two products a step; the first step's state is 0, but counts as well.</summary>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputs)
    {
        Shape y = Infer([.. inputs]);
        return (long)y.Rows * Length * y.Channels * (inputs[0].Channels + y.Channels);
    }

    /// <inheritdoc/>
    public override CostPart Part => CostPart.Linear;

    internal override void Forward<T, R>(ForwardCall call)
    {
        Shape x = call.Input(0).Shape, y = call.Output.Shape;
        int size = y.Count, width = y.Channels;
        using DeviceArray projection = call.Scratch(new Shape(x.Rows, width)), recurrent = call.Scratch(y);
        Convolution.Forward(call.Device, call.Input(0).View<T>(), call.Input(1).View<T>(), default, projection.View<T>(), new(x.Rows, x.Channels, width));
        DeviceArray preactivations = call.Save(new Shape(Length, y.Rows, width)), states = call.Save(new Shape(Length - 1, y.Rows, width));
        for (int step = 0; step < Length; step++)
        {
            ArrayView<T> state = State(states.View<T>(), step, size);
            if (step > 0)
                Convolution.Forward(call.Device, state, call.Input(2).View<T>(), default, recurrent.View<T>(), new(y.Rows, width, width));
            call.Device.Launch(new FastGrnnStep<T, R>
            {
                Projection = projection.View<T>(),
                Recurrent = step > 0 ? recurrent.View<T>() : default,
                Cell = Cell(call.Input, preactivations.View<T>().SubView(step * size, size), state),
                Next = step < Length - 1 ? State(states.View<T>(), step + 1, size) : call.Output.View<T>(),
                Sweep = Sweep(x),
                Step = step,
                Channels = width,
            });
        }
        if (!call.Keep)
            call.DisposeSaved();
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        Shape x = call.Input(0).Shape, y = call.Output.Shape;
        int size = y.Count, width = y.Channels, rows = Length * y.Rows;
        using DeviceArray gradients = call.Scratch(new Shape(Length, y.Rows, width)), terms = call.Scratch(new Shape(4, Length, y.Rows, width));
        using DeviceArray carried = call.Scratch(new Shape(2, size)), recurrent = call.Scratch(y);
        ArrayView<T> da = gradients.View<T>(), a = call.Saved(0).View<T>(), states = call.Saved(1).View<T>(), u = call.Input(2).View<T>();
        for (int step = Length - 1; step >= 0; step--)
        {
            bool last = step == Length - 1;
            call.Device.Launch(new FastGrnnStepBackward<T, R>
            {
                Cell = Cell(call.Input, a.SubView(step * size, size), State(states, step, size)),
                Arriving = last ? call.OutputGradient.View<T>() : carried.View<T>().SubView((step + 1) % 2 * size, size),
                Recurrent = last ? default : recurrent.View<T>(),
                Carried = carried.View<T>().SubView(step % 2 * size, size),
                Gradient = da.SubView(step * size, size),
                Terms = terms.View<T>().SubView(step * size),
                TermLength = rows * width,
                Channels = width,
            });
            if (step > 0)
                Convolution.BackwardInput(call.Device, da.SubView(step * size, size), u, recurrent.View<T>(), new(y.Rows, width, width));
        }
        // The first step has no state to multiply; where it is the only one, du is a sum over no rows.
        if (call.Wants(2))
            Convolution.BackwardWeight(call.Device, states, Length > 1 ? da.SubView(size) : default, call.Gradient(2).View<T>(), new(rows - y.Rows, width, width));
        BackwardInput<T, R>(call, da);
        using DeviceArray sums = call.Scratch(new Shape(width));
        for (int term = 0; term < 4; term++)
        {
            if (!call.Wants(3 + term))
                continue;
            ArrayView<T> sum = term < 2 ? call.Gradient(3 + term).View<T>() : sums.View<T>();
            ColumnSum.Launch(call.Device, terms.View<T>().SubView(term * rows * width, rows * width), sum, rows, width);
            if (term >= 2)
                ColumnSum.Launch(call.Device, sum, call.Gradient(3 + term).View<T>(), width, 1);
        }
    }

    private void BackwardInput<T, R>(BackwardCall call, ArrayView<T> da) where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        Shape x = call.Input(0).Shape;
        var product = new ConvolutionGeometry(x.Rows, x.Channels, call.Output.Shape.Channels);
        using DeviceArray projection = call.Scratch(new Shape(x.Rows, product.O));
        call.Device.Launch(new FastGrnnProjectionBackward<T, R>
        {
            StepGradient = da,
            Gradient = projection.View<T>(),
            Sweep = Sweep(x),
            Sequences = call.Output.Shape.Rows,
            Channels = product.O,
        });
        if (call.Wants(0))
            Convolution.BackwardInput(call.Device, projection.View<T>(), call.Input(1).View<T>(), call.Gradient(0).View<T>(), product);
        if (call.Wants(1))
            Convolution.BackwardWeight(call.Device, call.Input(0).View<T>(), projection.View<T>(), call.Gradient(1).View<T>(), product);
    }

    // The state before a step; before the first it is 0, and nothing is stored.
    private static ArrayView<T> State<T>(ArrayView<T> states, int step, int size) where T : unmanaged =>
        step == 0 ? default : states.SubView((step - 1) * size, size);

    private static FastGrnnCellArrays<T> Cell<T>(Func<int, DeviceArray> input, ArrayView<T> preactivation, ArrayView<T> state) where T : unmanaged =>
        new(preactivation, state, input(3).View<T>(), input(4).View<T>(), input(5).View<T>(), input(6).View<T>());

    private Sweep Sweep(Shape x)
    {
        Bands bands = Bands.Of(Name, "x", x, Axis);
        return new(bands.Extent, Windows(bands.Extent), Length, Stride, bands.Inner / x.Channels, Reverse ? 1 : 0);
    }

    private int Windows(int extent) => (extent - Length) / Stride + 1;
}
