using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class ConvolutionTests
{
    [TestCase(5, 7, 3, 1, 1)]
    [TestCase(6, 5, 3, 2, 1)]
    [TestCase(7, 8, 2, 2, 0)]
    [TestCase(3, 4, 1, 1, 0)]
    public void Gradients_equal_differences(int height, int width, int size, int stride, int padding)
    {
        var window = new Window(size, stride, padding);
        OpCheck.Gradients(() => new Conv2d(window), Input(new Shape(2, height, width, 3), 1), Input(new Shape(size, size, 3, 4), 2), Input(new Shape(4), 3));
        OpCheck.Gradients(() => new DepthwiseConv2d(window), Input(new Shape(2, height, width, 3), 1), Input(new Shape(size, size, 3), 2));
    }

    // Inception's rows and columns of pixels, unlike strides, windows with gaps between their pixels; few and many channels, few and many pixels.
    private static readonly Window[] Rectangles =
    [
        new((1, 7), padding: (0, 3)), new((7, 1), padding: (3, 0)), new((1, 3), padding: (0, 1)), new((3, 1), 2, (1, 0)), new((2, 3), (1, 2)), new((3, 3), (3, 1), (0, 2)),
        new(3, 1, 2) { Dilation = 2 }, new(3, 2, 1) { Dilation = (1, 2) }, new((2, 3), (2, 3), 1) { Dilation = (3, 2) },
    ];

    private static readonly Shape[] RectangleMaps = [new(2, 7, 8, 3), new(1, 9, 7, 19), new(4, 21, 17, 2)];

    [Test]
    public void Rectangles_and_dilated_windows_equal_plain_loops(
        [ValueSource(nameof(Rectangles))] Window window, [ValueSource(nameof(RectangleMaps))] Shape x, [Values] bool host)
    {
        var w = new Shape(window.Size.Height, window.Size.Width, x[3], 9);
        double[] values = Draw.Normal(x.Count, 1), weights = Draw.Normal(w.Count, 2), y = ConvolutionOracle.Forward(window, x, values, w, weights), dy = Draw.Normal(y.Length, 3);
        (double[] dx, double[] dw) = ConvolutionOracle.Backward(window, x, values, w, weights, dy);
        void Compare()
        {
            Assert.That(OpCheck.RelativeError(OpCheck.Forward(new Conv2d(window), (x, values), (w, weights)), y), Is.Below(OpCheck.Float64Tolerance));
            double[][] gradients = OpCheck.Backward(new Conv2d(window), dy, (x, values), (w, weights));
            Assert.That(OpCheck.RelativeError(gradients[0], dx), Is.Below(OpCheck.Float64Tolerance));
            Assert.That(OpCheck.RelativeError(gradients[1], dw), Is.Below(OpCheck.Float64Tolerance));
        }
        if (host)
            Compare();
        else
            OpCheck.Portable(Compare);
    }

    // Each channel of a depthwise convolution is a dense one of one channel.
    [Test]
    public void Depthwise_rectangles_equal_plain_loops_of_each_channel([Values(0, 1, 2, 3, 4, 5)] int number, [Values(3, 19)] int channels, [Values] bool host)
    {
        Window window = Rectangles[number];
        Shape x = new(2, 9, 8, channels), w = new(window.Size.Height, window.Size.Width, channels), plane = new(2, 9, 8, 1), kernel = new(w[0], w[1], 1, 1);
        double[] values = Draw.Normal(x.Count, 1), weights = Draw.Normal(w.Count, 2), dy = Draw.Normal(window.Output("", x, channels).Count, 3);
        double[] y = new double[dy.Length], dx = new double[x.Count], dw = new double[w.Count];
        for (int channel = 0; channel < channels; channel++)
        {
            double[] from = Plane(values, channel), taps = Plane(weights, channel);
            Spread(ConvolutionOracle.Forward(window, plane, from, kernel, taps), y, channel);
            (double[] input, double[] weight) = ConvolutionOracle.Backward(window, plane, from, kernel, taps, Plane(dy, channel));
            Spread(input, dx, channel);
            Spread(weight, dw, channel);
        }
        void Compare()
        {
            Assert.That(OpCheck.RelativeError(OpCheck.Forward(new DepthwiseConv2d(window), (x, values), (w, weights)), y), Is.Below(OpCheck.Float64Tolerance));
            double[][] gradients = OpCheck.Backward(new DepthwiseConv2d(window), dy, (x, values), (w, weights));
            Assert.That(OpCheck.RelativeError(gradients[0], dx), Is.Below(OpCheck.Float64Tolerance));
            Assert.That(OpCheck.RelativeError(gradients[1], dw), Is.Below(OpCheck.Float64Tolerance));
        }
        if (host)
            Compare();
        else
            OpCheck.Portable(Compare);

        double[] Plane(double[] map, int channel) => [.. map.Where((_, index) => index % channels == channel)];

        void Spread(double[] plane, double[] map, int channel)
        {
            for (int index = 0; index < plane.Length; index++)
                map[index * channels + channel] = plane[index];
        }
    }

    [Test]
    public void Windows_that_an_op_does_not_take_are_refused()
    {
        Assert.That(() => new Conv2d(new(3) { Ceil = true }).Infer([new Shape(1, 4, 4, 2), new Shape(3, 3, 2, 4)]), Throws.TypeOf<ShapeException>()
            .With.Message.EqualTo("Conv2d: the window must not have Ceil, which this op does not take, but is Window { Size = 3, Stride = 1, Padding = 0, Dilation = 1, Ceil = True }."));
        Assert.That(() => new DepthwiseConv2d(new(3) { Dilation = (1, 2) }).Infer([new Shape(1, 5, 5, 2), new Shape(3, 3, 2)]), Throws.TypeOf<ShapeException>()
            .With.Message.Contains("dilation 1, the only one that this op takes").And.Message.Contains("Dilation = (1, 2)"));
        Assert.That(() => new Conv2d(new((1, 7))).Infer([new Shape(1, 4, 4, 2), new Shape(1, 7, 2, 4)]), Throws.TypeOf<ShapeException>()
            .With.Message.EqualTo("Conv2d: x must be (N, H, W, C) with H >= 1, W >= 7, but is (1, 4, 4, 2)."));
        Assert.That(() => new Conv2d(new(3) { Dilation = 0 }).Infer([new Shape(1, 4, 4, 2), new Shape(3, 3, 2, 4)]), Throws.TypeOf<ShapeException>()
            .With.Message.Contains("size, stride and dilation >= 1"));
    }

    [Test]
    public void Linear_gradients_equal_differences() =>
        OpCheck.Gradients(() => new Linear(), Input(new Shape(2, 3, 5), 1), Input(new Shape(5, 4), 2), Input(new Shape(4), 3));

    [Test]
    public void One_by_one_identity_returns_its_input()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] values = Draw.Normal(2 * 3 * 4 * 5, 1), identity = [.. Enumerable.Range(0, 25).Select(i => i % 6 == 0 ? 1.0 : 0)];
        DeviceArray y = new Conv2d(new Window(1)).Forward([Devices.Cpu.Upload(new Shape(2, 3, 4, 5), values), Devices.Cpu.Upload(new Shape(1, 1, 5, 5), identity)], false).Output;
        Assert.That(y.ToDoubles(), Is.EqualTo(values));
    }

    [Test]
    public void Depthwise_equals_dense_with_a_diagonal_kernel()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(2, 7, 6, 5), Draw.Normal(2 * 7 * 6 * 5, 1));
        double[] depthwise = Draw.Normal(9 * 5, 2), dense = new double[9 * 25];
        for (int i = 0; i < depthwise.Length; i++)
            dense[i / 5 * 25 + i % 5 * 6] = depthwise[i];
        var window = new Window(3, 2, 1);
        double[] expected = new Conv2d(window).Forward([x, Devices.Cpu.Upload(new Shape(3, 3, 5, 5), dense)], false).Output.ToDoubles();
        double[] actual = new DepthwiseConv2d(window).Forward([x, Devices.Cpu.Upload(new Shape(3, 3, 5), depthwise)], false).Output.ToDoubles();
        Assert.That(OpCheck.RelativeError(actual, expected), Is.Below(OpCheck.Float64Tolerance));
    }

    // Where the stride does not divide an extent, the phases of dx are of several sizes: around the 768 rows at which a block grows, and one row or column apart.
    [TestCase(8, 19, 19, 3, 5, 3, 2, 1)]
    [TestCase(64, 7, 7, 32, 8, 3, 2, 1)]
    [TestCase(1, 55, 55, 4, 40, 1, 2, 0)]
    [TestCase(3, 49, 48, 70, 2, 3, 3, 1)]
    [TestCase(2, 2, 1, 5, 3, 2, 5, 2)]
    public void Every_phase_of_the_input_gradient_is_written(int n, int h, int w, int c, int o, int size, int stride, int padding)
    {
        var window = new Window(size, stride, padding);
        Shape x = new(n, h, w, c), kernel = new(size, size, c, o), y = window.Output("Conv2d", x, o);
        double[] values = Draw.Normal(x.Count, 1), weights = Draw.Normal(kernel.Count, 2), dy = Draw.Normal(y.Count, 3);
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray[] inputs = [Devices.Cpu.Upload(x, values), Devices.Cpu.Upload(kernel, weights)];
        var op = new Conv2d(window);
        OpResult result = op.Forward(inputs, keep: true);
        DeviceArray outputGradient = Devices.Cpu.Upload(y, dy);
        // The memory of the gradient holds NaN before, so that an element nobody writes shows.
        Devices.Cpu.Upload(x, Enumerable.Repeat(double.NaN, x.Count).ToArray()).Dispose();
        double[] dx = op.Backward(inputs, result, outputGradient, [true, false])[0]!.ToDoubles();
        Assert.That(dx.Count(double.IsNaN), Is.Zero);
        double[] expected = ConvolutionOracle.Backward(window, x, values, kernel, weights, dy).Input;
        Assert.That(OpCheck.RelativeError(dx, expected), Is.Below(OpCheck.Float64Tolerance));
    }

    [Test]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        float[][] results = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            using Device device = Device.Open(DeviceKind.Cpu, threads: threads);
            using ArrayScope scope = device.OpenScope();
            DeviceArray x = device.Upload(new Shape(4, 16, 16, 24), Draw.Normal(4 * 16 * 16 * 24, 1), DType.Float32);
            DeviceArray w = device.Upload(new Shape(3, 3, 24, 40), Draw.Normal(9 * 24 * 40, 2), DType.Float32);
            var op = new Conv2d(new Window(3, 1, 1));
            OpResult result = op.Forward([x, w], true);
            DeviceArray?[] gradients = op.Backward([x, w], result, result.Output, [true, true]);
            return (float[])[.. result.Output.ToFloats(), .. gradients[0]!.ToFloats(), .. gradients[1]!.ToFloats()];
        })];
        Assert.That(results[1], Is.EqualTo(results[0]));
        Assert.That(results[2], Is.EqualTo(results[0]));
    }

    [Test]
    public void Bad_shapes_are_named()
    {
        var op = new Conv2d(new Window(3));
        Assert.That(() => op.Infer([new Shape(2, 2, 9, 3), new Shape(3, 3, 3, 4)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Conv2d: x must be (N, H, W, C) with H, W >= 3, but is (2, 2, 9, 3)."));
        Assert.That(() => op.Infer([new Shape(2, 5, 9, 3), new Shape(3, 3, 2, 4)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Conv2d: w must be (kh, kw, C, O) = (3, 3, 3, 4), but is (3, 3, 2, 4)."));
        Assert.That(() => new Linear().Infer([new Shape(2, 5), new Shape(4, 3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Linear: w must be (I, O) = (5, 3), but is (4, 3)."));
    }

    private static (Shape Shape, double[] Values) Input(Shape shape, int seed) => (shape, Draw.Normal(shape.Count, seed));
}
