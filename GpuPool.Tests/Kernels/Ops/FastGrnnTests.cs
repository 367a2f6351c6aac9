using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class FastGrnnTests
{
    // Along rows and columns of a map; overlapping, with a remainder, with a gap, of one step, along a first and a middle axis.
    private static IEnumerable<TestCaseData> Cases()
    {
        yield return Case(new FastGrnn(2, 2, 2), new Shape(2, 3, 7, 5), 9);
        yield return Case(new FastGrnn(1, 3, 2, Reverse: true), new Shape(1, 8, 1, 3), 17);
        yield return Case(new FastGrnn(-2, 4, 3), new Shape(3, 9, 4), 6);
        yield return Case(new FastGrnn(0, 5, 5, Reverse: true), new Shape(5, 2, 3), 16);
        yield return Case(new FastGrnn(1, 1, 2), new Shape(2, 5, 3, 2), 1);
        yield return Case(new FastGrnn(1, 2, 3, Reverse: true), new Shape(1, 6, 2, 24), 33);
    }

    [TestCaseSource(nameof(Cases))]
    public void Gradient_equals_differences(FastGrnn op, Shape x, int width) =>
        OpCheck.Gradients(() => op, new GpuPool.Autograd.GradientCheck(MostElements: 16), Inputs(x, width));

    [TestCaseSource(nameof(Cases))]
    public void Last_state_equals_that_of_the_cell_run_step_by_step(FastGrnn op, Shape x, int width)
    {
        (Shape, double[])[] inputs = Inputs(x, width);
        Assert.That(OpCheck.RelativeError(OpCheck.Forward(op, inputs), Oracle(op, x, [.. inputs.Select(input => input.Item2)])), Is.Below(1e-13));
    }

    [Test]
    public void A_gate_of_one_keeps_the_state()
    {
        // The gate opens for the first cell of the sequence alone: its candidate is what remains at the end.
        (Shape, double[]) x = (new Shape(1, 5, 2), [-100, 0.3, 100, -7, 100, 5, 100, 9, 100, -2]);
        (Shape, double[])[] weights =
        [
            (new Shape(2, 2), [1, 1, 0, 0]), (new Shape(2, 2), new double[4]), (new Shape(2), new double[2]), (new Shape(2), [100.5, 99]),
            (new Shape(1), [100.0]), (new Shape(1), [-100.0]),
        ];
        Assert.That(OpCheck.Forward(new FastGrnn(1, 5, 5), [x, .. weights]), Is.EqualTo(new[] { Math.Tanh(0.5), Math.Tanh(-1) }).Within(1e-14));
        // The other way round the sequence ends with the open gate, and nothing of what came before remains.
        Assert.That(OpCheck.Forward(new FastGrnn(1, 4, 4), [(new Shape(1, 4, 2), x.Item2[2..]), .. weights]), Is.All.EqualTo(0).Within(1e-14));
    }

    [Test]
    public void A_reversed_sweep_is_a_sweep_over_the_reversed_sequence()
    {
        (Shape Shape, double[] Values)[] inputs = Inputs(new Shape(6, 3), 4);
        double[] reversed = [.. inputs[0].Values.Chunk(3).Reverse().SelectMany(row => row)];
        Assert.That(OpCheck.Forward(new FastGrnn(0, 6, 6, Reverse: true), inputs),
            Is.EqualTo(OpCheck.Forward(new FastGrnn(0, 6, 6), [(inputs[0].Shape, reversed), .. inputs[1..]])));
    }

    [Test]
    public void Cells_that_no_window_reaches_get_no_gradient()
    {
        double[] gradient = OpCheck.Backward(new FastGrnn(0, 2, 3), Draw.Normal(4, 1), Inputs(new Shape(6, 1), 2))[0];
        Assert.That(gradient[2], Is.Zero);
        Assert.That(gradient[5], Is.Zero);
        Assert.That(new[] { 0, 1, 3, 4 }.Select(cell => gradient[cell]), Is.All.Not.Zero);
    }

    [Test]
    public void Nothing_is_saved_without_a_backward_pass()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] arrays = [.. Inputs(new Shape(2, 4, 3), 2).Select(input => Devices.Cpu.Upload(input.Shape, input.Values))];
        Assert.That(new FastGrnn(1, 2, 2).Forward(arrays, keep: false).Saved, Is.Empty);
        Assert.That(new FastGrnn(1, 2, 2).Forward(arrays, keep: true).Saved.Select(saved => saved.Shape), Is.EqualTo(new[] { new Shape(2, 4, 2), new Shape(1, 4, 2) }));
    }

    [Test]
    public void Axes_without_a_window_and_weights_that_do_not_fit_are_refused()
    {
        Shape[] inputs = [.. Inputs(new Shape(2, 4, 3), 2).Select(input => input.Shape)];
        Assert.That(() => new FastGrnn(1, 5, 1).Infer(inputs), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "FastGrnn: x must be a shape with at least 5 cells on axis 1, not the last, but is (2, 4, 3)."));
        Assert.That(() => new FastGrnn(-1, 1, 1).Infer(inputs), Throws.TypeOf<ShapeException>().With.Message.Contains("on axis -1, not the last"));
        Assert.That(() => new FastGrnn(1, 0, 1).Infer(inputs), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "FastGrnn: the windows must have length >= 1 and stride >= 1, but have 0 and 1."));
        inputs[2] = new Shape(2, 3);
        Assert.That(() => new FastGrnn(1, 2, 2).Infer(inputs), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "FastGrnn: u must be (H, H) = (2, 2), but is (2, 3)."));
    }

    private static TestCaseData Case(FastGrnn op, Shape x, int width) => new TestCaseData(op, x, width).SetArgDisplayNames(op.ToString(), x.ToString(), $"{width}");

    private static (Shape Shape, double[] Values)[] Inputs(Shape x, int width)
    {
        Shape[] shapes = [x, new(x.Channels, width), new(width, width), new(width), new(width), new(1), new(1)];
        return [.. shapes.Select((shape, index) => (shape, Draw.Normal(shape.Count, index, deviation: index == 0 ? 1 : 0.4)))];
    }

    private static double[] Oracle(FastGrnn op, Shape x, double[][] inputs)
    {
        int axis = op.Axis < 0 ? op.Axis + x.Rank : op.Axis, extent = x[axis], inner = 1, features = x.Channels, width = inputs[3].Length;
        for (int next = axis + 1; next < x.Rank - 1; next++)
            inner *= x[next];
        int outer = x.Rows / inner / extent, windows = (extent - op.Length) / op.Stride + 1;
        double zeta = Sigmoid(inputs[5][0]), nu = Sigmoid(inputs[6][0]);
        var states = new List<double>();
        for (int block = 0; block < outer; block++)
        {
            for (int window = 0; window < windows; window++)
            {
                for (int line = 0; line < inner; line++)
                {
                    double[] state = new double[width];
                    for (int step = 0; step < op.Length; step++)
                    {
                        int cell = window * op.Stride + (op.Reverse ? op.Length - 1 - step : step);
                        double[] value = inputs[0][(((block * extent + cell) * inner + line) * features)..][..features];
                        state = [.. Enumerable.Range(0, width).Select(unit =>
                        {
                            double a = value.Select((feature, index) => feature * inputs[1][index * width + unit]).Sum()
                                + state.Select((other, index) => other * inputs[2][index * width + unit]).Sum();
                            double gate = Sigmoid(a + inputs[3][unit]);
                            return gate * state[unit] + (zeta * (1 - gate) + nu) * Math.Tanh(a + inputs[4][unit]);
                        })];
                    }
                    states.AddRange(state);
                }
            }
        }
        return [.. states];
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
