using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class FoldedConvolutionTests
{
    // One pixel and one channel; around 768 rows, at which a block grows; few channels, gathered by rows; a depth of more than one slice; columns around whole vectors and panels;
    // a window larger than the map, of which most only meets padding; at last windows for Winograd's products, of whole squares and of parts, and one of too few squares for them.
    private static readonly (Window Window, Shape X, int Outputs)[] _dense =
    [
        (new(1), new(1, 1, 1, 1), 1),
        (new(1), new(3, 16, 16, 5), 7),
        (new(1), new(1, 24, 32, 20), 64),
        (new(1), new(2, 5, 5, 330), 65),
        (new(3, 2, 1), new(2, 9, 8, 3), 32),
        (new(3, 1, 1), new(2, 7, 6, 24), 33),
        (new(3, 1, 1), new(2, 2, 1, 40), 16),
        (new((1, 7), padding: (0, 3)), new(1, 3, 9, 9), 15),
        (new(3, 1, 1), new(2, 16, 16, 32), 80),
        (new(3, 1, 1), new(3, 11, 14, 80), 16),
        (new(3, 1, 1), new(1, 4, 4, 16), 32),
    ];

    private static readonly (Window Window, Shape X)[] _depthwise =
    [
        (new(3, 1, 1), new(2, 7, 6, 24)), (new(3, 2, 1), new(2, 8, 9, 5)), (new(5, 1, 2), new(1, 4, 3, 17)), (new(3, 1, 1), new(1, 1, 1, 1)),
    ];

    [Test]
    public void A_dense_convolution_equals_its_parts(
        [ValueSource(nameof(_dense))] (Window Window, Shape X, int Outputs) place, [Values] Activation activation, [Values] bool biased, [Values] bool normalised, [Values] bool added)
    {
        Shape w = new(place.Window.Size.Height, place.Window.Size.Width, place.X.Channels, place.Outputs);
        Check(new Conv2d(place.Window) { Winograd = true }, place.X, w, activation, biased, normalised, added);
    }

    [Test]
    public void A_depthwise_convolution_equals_its_parts([ValueSource(nameof(_depthwise))] (Window Window, Shape X) place, [Values] Activation activation, [Values] bool normalised) =>
        Check(new DepthwiseConv2d(place.Window), place.X, new Shape(place.Window.Size.Height, place.Window.Size.Width, place.X.Channels), activation, false, normalised, false);

    [Test]
    public void Products_are_Winograds_where_the_map_is_large_enough_whatever_map_comes_first()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray Random(Shape shape) => Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, shape.Count));
        DeviceArray w = Random(new(3, 3, 16, 32)), small = Random(new(1, 4, 4, 16)), large = Random(new(1, 16, 16, 16));
        var direct = new Conv2d(new Window(3, padding: 1));
        double[] Call(FoldedConvolution folded, DeviceArray x) => folded.Call(x).ToDoubles();
        using FoldedConvolution all = new(direct, w), quarter = new(direct with { Winograd = true }, w), other = new(direct with { Winograd = true }, w);
        Assert.That(Call(quarter, small), Is.EqualTo(Call(all, small)));
        Assert.That(Call(quarter, large), Is.Not.EqualTo(Call(all, large)).And.EqualTo(Call(other, large)));
        Assert.That(OpCheck.RelativeError(Call(quarter, large), Call(all, large)), Is.NoMoreThan(5e-6));
        Assert.That(Call(other, small), Is.EqualTo(Call(quarter, small)));
    }

    [Test]
    public void Equal_values_of_a_channel_that_has_none_give_beta()
    {
        var x = new Shape(1, 2, 2, 1);
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray One(double value) => Devices.Cpu.Upload(new Shape(1), [value], DType.Float64);
        using var folded = new FoldedConvolution(
            new Conv2d(new Window(1)), Devices.Cpu.Upload(new Shape(1, 1, 1, 1), [3.0]), null, new FoldedNorm(One(2), One(0.5), new BatchNormStatistics(One(6), One(0), Epsilon: 1)));
        Assert.That(folded.Call(Devices.Cpu.Upload(x, [2.0, 2, 2, 2])).ToDoubles(), Is.All.EqualTo(0.5));
    }

    [Test]
    public void Not_a_number_passes_an_activation() => Body.All[0].Run(device =>
    {
        using var folded = new FoldedConvolution(new Conv2d(new Window(1)), device.Upload(new Shape(1, 1, 1, 1), [1.0]), activation: Activation.Relu6);
        Assert.That(folded.Call(device.Upload(new Shape(1, 1, 2, 1), [double.NaN, 7])).ToDoubles(), Is.EqualTo(new[] { double.NaN, 6 }));
    });

    [Test]
    public void Bad_shapes_are_named()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray Zeros(Shape shape) => Devices.Cpu.Upload(shape, new double[shape.Count], DType.Float64);
        using var dense = new FoldedConvolution(new Conv2d(new Window(1)), Zeros(new(1, 1, 2, 3)));
        using var depthwise = new FoldedConvolution(new DepthwiseConv2d(new Window(1)), Zeros(new(1, 1, 2)));
        Assert.That(() => dense.Call(Zeros(new(1, 4, 4, 3))), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Conv2d: w must be (kh, kw, C, O) = (1, 1, 3, 3), but is (1, 1, 2, 3)."));
        Assert.That(() => dense.Call(Zeros(new(1, 4, 4, 2)), Zeros(new(1, 4, 4, 2))), Throws.TypeOf<ShapeException>()
            .With.Message.EqualTo("FoldedConv2d: the residual must be the shape of y = (1, 4, 4, 3), but is (1, 4, 4, 2)."));
        Assert.That(() => depthwise.Call(Zeros(new(1, 4, 4, 2)), Zeros(new(1, 4, 4, 2))), Throws.TypeOf<ShapeException>()
            .With.Message.EqualTo("FoldedDepthwiseConv2d: the residual must be absent behind a depthwise convolution, but is (1, 4, 4, 2)."));
    }

    // The oracle is the convolution, the batch norm and the function, one after the other, in float64 and portable.
    private static void Check(Op convolution, Shape x, Shape w, Activation activation, bool biased, bool normalised, bool added)
    {
        var channels = new Shape(w.Channels);
        Shape y = convolution.Infer([x, w]);
        double[][] values = [Draw.Normal(x.Count, 1), Draw.Normal(w.Count, 2), .. Enumerable.Range(3, 4).Select(seed => Draw.Normal(w.Channels, seed)), Draw.Normal(y.Count, 7)];
        double[] variance = [.. Draw.Normal(w.Channels, 8).Select(value => value * value)];
        double[] expected = [];
        Body.All[1].Run(device => expected = Run(device, DType.Float64, folded: false));
        foreach (Body body in Body.All)
        {
            foreach (DType type in new[] { DType.Float32, DType.Float64 })
            {
                body.Run(device => Assert.That(OpCheck.RelativeError(Run(device, type, folded: true), expected),
                    Is.NoMoreThan(type == DType.Float32 ? OpCheck.Float32Tolerance : OpCheck.Float64Tolerance), $"{body.Name} {type}"));
            }
        }

        double[] Run(Device device, DType type, bool folded)
        {
            DeviceArray[] arrays = [.. new[] { x, w, channels, channels, channels, channels, y }.Select((shape, index) => device.Upload(shape, values[index], type))];
            var statistics = new BatchNormStatistics(arrays[5], device.Upload(channels, variance, type), Epsilon: 1e-3);
            DeviceArray? b = biased ? arrays[2] : null, r = added ? arrays[6] : null;
            if (folded)
            {
                using var fold = new FoldedConvolution(convolution, arrays[1], b, normalised ? new FoldedNorm(arrays[3], arrays[4], statistics) : null, activation);
                return fold.Call(arrays[0], r).ToDoubles();
            }
            DeviceArray result = convolution.Forward([.. new[] { arrays[0], arrays[1], b }.OfType<DeviceArray>()], false).Output;
            if (normalised)
                result = new BatchNorm(statistics, false).Forward([result, arrays[3], arrays[4]], false).Output;
            result = r is null ? result : new Add().Forward([result, r], false).Output;
            return (activation == Activation.None ? result : new Pointwise(activation == Activation.Relu ? PointwiseFunction.Relu : PointwiseFunction.Relu6).Forward([result], false).Output).ToDoubles();
        }
    }
}
