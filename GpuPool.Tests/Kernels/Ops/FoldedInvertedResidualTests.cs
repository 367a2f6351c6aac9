using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class FoldedInvertedResidualTests
{
    // Maps around the size from which the three are computed together: below it; whole vectors, with a step of two rows; parts of vectors, odd sides, more than one step, the last of them short; steps of six
    // rows; a map of one column, and one of one row. No inputs: there is no expansion. No outputs: there is no projection. Then images, whose first convolution expands; one is narrower than its window.
    // At last single images of few pixels: four groups of whole panels and parts of them, of odd numbers of vectors, of one vector each, and a single one.
    private static readonly (Shape Expanded, int Inputs, int Stride, int Outputs, Window First)[] _places =
    [
        (new(1, 9, 7, 20), 5, 1, 5, new(1)),
        (new(2, 32, 32, 64), 8, 1, 8, new(1)),
        (new(1, 63, 65, 33), 5, 2, 7, new(1)),
        (new(3, 31, 49, 30), 5, 1, 5, new(1)),
        (new(8, 16, 16, 64), 4, 2, 40, new(1)),
        (new(1, 4100, 1, 33), 3, 1, 3, new(1)),
        (new(1, 1, 4100, 33), 3, 2, 3, new(1)),
        (new(2, 32, 32, 64), 0, 2, 20, new(1)),
        (new(2, 32, 32, 64), 8, 1, 0, new(1)),
        (new(2, 32, 33, 64), 3, 1, 2, new(3, 2, 1)),
        (new(1, 9, 7, 20), 3, 2, 5, new((3, 5), 1, (1, 2))),
        (new(4, 9, 210, 20), 1, 2, 5, new((3, 5), 1, (1, 2))),
        (new(1, 2731, 3, 16), 4, 1, 1, new((3, 7), 2, (1, 3))),
        (new(1, 8, 8, 384), 6, 1, 6, new(1)),
        (new(1, 7, 5, 400), 3, 2, 4, new(1)),
        (new(1, 12, 9, 64), 13, 1, 33, new(1)),
        (new(1, 1, 1, 16), 3, 1, 3, new(1)),
    ];

    [Test]
    public void It_equals_its_parts([ValueSource(nameof(_places))] (Shape Expanded, int Inputs, int Stride, int Outputs, Window First) place, [Values(Activation.None, Activation.Relu6)] Activation activation)
    {
        var parts = new Parts(place.Expanded, place.Inputs, place.Stride, place.Outputs, place.First, activation);
        double[] expected = [];
        Body.All[1].Run(device => expected = parts.Run(device, DType.Float64, together: false));
        foreach (Body body in Body.All)
        {
            foreach (DType type in new[] { DType.Float32, DType.Float64 })
            {
                body.Run(device =>
                {
                    double[] actual = parts.Run(device, type, together: true);
                    Assert.That(OpCheck.RelativeError(actual, expected), Is.NoMoreThan(type == DType.Float32 ? OpCheck.Float32Tolerance : OpCheck.Float64Tolerance), $"{body.Name} {type}");
                });
            }
        }
    }

    [Test]
    public void Together_or_not_and_whatever_the_number_of_threads_the_bits_are_the_same([ValueSource(nameof(_places))] (Shape Expanded, int Inputs, int Stride, int Outputs, Window First) place, [Values(1, 3)] int threads)
    {
        var parts = new Parts(place.Expanded, place.Inputs, place.Stride, place.Outputs, place.First, Activation.Relu6);
        using Device device = Device.Open(DeviceKind.Cpu, threads: threads);
        Assert.That(parts.Run(device, DType.Float32, together: true), Is.EqualTo(parts.Run(Devices.Cpu, DType.Float32, together: parts.AreSummedInGroups)));
    }

    [Test]
    public void Other_convolutions_and_bad_shapes_are_named()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray Zeros(Shape shape) => Devices.Cpu.Upload(shape, new double[shape.Count]);
        FoldedConvolution Dense(int size, int inputs, int outputs, int stride = 1) => new(new Conv2d(new Window(size, stride, size / 2)), Zeros(new(size, size, inputs, outputs)));
        FoldedConvolution Depthwise(int size, int padding = 1) => new(new DepthwiseConv2d(new Window(size, 1, padding)), Zeros(new(size, size, 64)));
        using FoldedConvolution product = Dense(1, 64, 8), three = Dense(3, 5, 64), strided = Dense(1, 8, 64, 2), depthwise = Depthwise(3), bare = Depthwise(3, 0), five = Depthwise(5, 2);
        foreach ((FoldedConvolution? expansion, FoldedConvolution middle, FoldedConvolution? projection) in new[]
            { (three, depthwise, product), (null, depthwise, strided), (null, depthwise, null), (null, bare, product), (null, five, product), ((FoldedConvolution?)null, product, product) })
            Assert.That(() => new FoldedInvertedResidual(expansion, middle, projection), Throws.ArgumentException.With.Message.StartsWith("an inverted residual is a depthwise 3x3 convolution"));
        var together = new FoldedInvertedResidual(null, depthwise, product);
        foreach (int side in new[] { 4, 64 })
        {
            Assert.That(() => together.Call(Zeros(new(1, side, side, 8))), Throws.TypeOf<ShapeException>().With.Message.Contains("w must be"));
            Assert.That(() => together.Call(Zeros(new(1, side, side, 64)), Zeros(new(1, side, side, 64))), Throws.TypeOf<ShapeException>().With.Message.Contains("FoldedConv2d: the residual must be the shape of y"));
        }
    }

    // Operands, and a residual where the shapes allow one.
    private sealed class Parts(Shape expanded, int inputs, int stride, int outputs, Window first, Activation activation)
    {
        private readonly Shape _x = inputs > 0 ? new(expanded[0], expanded[1] * first.Stride.Height, expanded[2] * first.Stride.Width, inputs) : expanded;

        // Otherwise than one after the other.
        public bool AreSummedInGroups => expanded[0] == 1 && expanded[1] * expanded[2] <= 256 && expanded.Channels % 16 == 0 && inputs > 0 && outputs > 0 && first.Size == 1;

        public double[] Run(Device device, DType type, bool together)
        {
            using ArrayScope scope = device.OpenScope();
            DeviceArray Random(Shape shape, int seed) => device.Upload(shape, Draw.Normal(shape.Count, seed), type);
            FoldedConvolution Dense(Window window, int from, int to, Activation function, int seed) =>
                new(new Conv2d(window), Random(new(window.Size.Height, window.Size.Width, from, to), seed), Random(new(to), seed + 1), activation: function);
            int channels = expanded.Channels;
            DeviceArray x = Random(_x, 1);
            DeviceArray? r = stride == 1 && inputs == outputs && first.Stride == 1 ? x : null;
            using FoldedConvolution? expansion = inputs == 0 ? null : Dense(first, inputs, channels, activation, 2), projection = outputs == 0 ? null : Dense(new(1), channels, outputs, Activation.None, 4);
            using FoldedConvolution depthwise = new(new DepthwiseConv2d(new Window(3, stride, 1)), Random(new(3, 3, channels), 6), activation: activation);
            if (together)
                return new FoldedInvertedResidual(expansion, depthwise, projection).Call(x, r).ToDoubles();
            DeviceArray filtered = depthwise.Call(expansion?.Call(x) ?? x);
            return (projection?.Call(filtered, r) ?? filtered).ToDoubles();
        }
    }
}
