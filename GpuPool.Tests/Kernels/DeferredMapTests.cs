using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels;

/// <summary>The output of a batch norm, and its gradient by its input, that are not in memory until somebody asks for their elements.</summary>
public sealed class DeferredMapTests
{
    // Maps on both sides of the block of a product (96 pixels), the slice of a weight gradient (156), the rows of a tile of a depthwise convolution (8, in 16 tiles), and of a vector of channels.
    private static readonly Shape[] _maps = [new(2, 3, 5, 24), new(1, 8, 13, 33), new(2, 9, 11, 5), new(3, 20, 20, 16), new(9, 17, 3, 32), new(1, 2, 61, 600), new(2, 1, 1, 40)];

    [Test]
    public void A_product_of_pixels_reads_it_to_the_bit([ValueSource(nameof(_maps))] Shape map, [Values] Activation activation, [Values] DType type) =>
        ReadsToTheBit(new Conv2d(new Window(1)), map, new Shape(1, 1, map.Channels, 20), activation, type, stays: true);

    [Test]
    public void A_depthwise_convolution_reads_it_to_the_bit([ValueSource(nameof(_maps))] Shape map, [Values(1, 2)] int stride, [Values(3, 5)] int size, [Values] DType type) =>
        ReadsToTheBit(new DepthwiseConv2d(new Window(size, stride, size / 2)), map, new Shape(size, size, map.Channels), Activation.Relu6, type, stays: true);

    [Test]
    public void A_window_of_several_pixels_has_it_stored([Values] Activation activation, [Values] DType type) =>
        ReadsToTheBit(new Conv2d(new Window(3, 1, 1)), _maps[0], new Shape(3, 3, 24, 20), activation, type, stays: false);

    // From 8,192 pixels on one pass makes both gradients.
    [Test]
    public void Both_gradients_of_a_product_read_a_gradient_to_the_bit([Values(90, 91, 2)] int side, [Values(24, 33)] int channels, [Values(Activation.None, Activation.Relu6)] Activation activation, [Values] DType type) =>
        GradientsReadToTheBit(new Conv2d(new Window(1)), new Shape(1, side, side, channels), new Shape(1, 1, channels, 20), activation, type);

    [Test]
    public void Both_gradients_of_a_depthwise_convolution_read_a_gradient_to_the_bit(
        [ValueSource(nameof(_maps))] Shape map, [Values(1, 2)] int stride, [Values(3, 5)] int size, [Values] DType type) =>
        GradientsReadToTheBit(new DepthwiseConv2d(new Window(size, stride, size / 2)), map, new Shape(size, size, map.Channels), Activation.Relu6, type);

    // Tiles of a product have 1/16 of the pixels, those of a depthwise convolution some rows: blocks of the sums end with them, or else a pass of its own makes the sums.
    [Test]
    public void A_convolution_sums_up_the_gradient_that_it_writes_as_the_batch_norm_does_to_the_bit(
        [Values(1, 2, 3)] int kind, [Values(91, 96)] int side, [Values(24, 33)] int channels, [Values(Activation.None, Activation.Relu6)] Activation activation, [Values] DType type)
    {
        Op op = kind == 3 ? new Conv2d(new Window(1)) : new DepthwiseConv2d(new Window(3, kind, 1));
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var map = new Shape(1, side, side, channels);
        DeviceArray x = Devices.Cpu.Upload(map, Draw.Normal(map.Count, 1, mean: 0.5), type);
        Shape weight = kind == 3 ? new Shape(1, 1, channels, 20) : new Shape(3, 3, channels);
        DeviceArray w = Devices.Cpu.Upload(weight, Draw.Normal(weight.Count, 2), type);
        (BatchNorm norm, DeviceArray[] inputs) = Norm(x, activation);
        OpResult normalised = norm.Forward(inputs, keep: true), result = op.Forward([normalised.Output, w], keep: true);
        DeviceArray dy = Devices.Cpu.Upload(result.Output.Shape, Draw.Normal(result.Output.Shape.Count, 3), type);
        DeviceArray gradient = op.Backward([normalised.Output, w], result, dy, [true, true])[0]!;
        Assert.That(gradient.Sums is not null, Is.EqualTo(side == 96));
        DeviceArray?[] found = norm.Backward(inputs, normalised, gradient, [true, true, true]);
        DeviceArray?[] expected = norm.Backward(inputs, normalised, gradient.Share(map), [true, true, true]);
        Assert.That(found.Select(array => array!.ToDoubles()), Is.EqualTo(expected.Select(array => array!.ToDoubles())));
    }

    [Test]
    public void Sums_of_a_gradient_serve_its_own_batch_norm_alone_and_not_what_is_written_afterwards()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var map = new Shape(1, 96, 96, 16);
        DeviceArray x = Devices.Cpu.Upload(map, Draw.Normal(map.Count, 1), DType.Float32), w = Devices.Cpu.Upload(new Shape(3, 3, 16), Draw.Normal(9 * 16, 2), DType.Float32);
        (BatchNorm norm, DeviceArray[] inputs) = Norm(x, Activation.Relu6);
        OpResult first = norm.Forward(inputs, keep: true), other = norm.Forward(inputs, keep: true);
        OpResult result = new DepthwiseConv2d(new Window(3, 1, 1)).Forward([first.Output, w], keep: true);
        DeviceArray gradient = new DepthwiseConv2d(new Window(3, 1, 1)).Backward([first.Output, w], result, x, [true, true])[0]!;
        Assert.That(gradient.Sums!.Value.Output, Is.SameAs(first.Output.Deferred).And.Not.SameAs(other.Output.Deferred));
        double[] values = Draw.Normal(map.Count, 4);
        gradient.CopyFrom(values);
        Assert.That(gradient.Sums, Is.Null);
        DeviceArray written = norm.Backward(inputs, first, gradient, [false, true, true])[1]!, expected = norm.Backward(inputs, other, Devices.Cpu.Upload(map, values, DType.Float32), [false, true, true])[1]!;
        Assert.That(written.ToDoubles(), Is.EqualTo(expected.ToDoubles()));
    }

    [Test]
    public void A_gradient_takes_the_place_of_the_one_that_arrives_where_nobody_holds_that([Values] bool held)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var shape = new Shape(4, 32, 32, 16);
        DeviceArray x = Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 1), DType.Float32), dy = Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 2), DType.Float32);
        DeviceArray dx = Gradient(x, Activation.Relu6, dy);
        if (!held)
            dy.Dispose();
        long before = Devices.Cpu.LiveBytes;
        dx.ToDoubles();
        Assert.That(Devices.Cpu.LiveBytes > before, Is.EqualTo(held));
    }

    [Test]
    public void It_takes_no_memory()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var shape = new Shape(4, 32, 32, 16);
        DeviceArray x = Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 1), DType.Float32), w = Devices.Cpu.Upload(new Shape(3, 3, 16), Draw.Normal(9 * 16, 2), DType.Float32);
        long before = Devices.Cpu.LiveBytes;
        DeviceArray y = Normalised(x, Activation.Relu6);
        Assert.That(Devices.Cpu.LiveBytes - before, Is.Below(1024));
        new DepthwiseConv2d(new Window(3, 1, 1)).Forward([y, w], keep: true);
        Assert.That(Devices.Cpu.LiveBytes - before, Is.Below(x.Bytes + 1024));
        y.ToDoubles();
        Assert.That(Devices.Cpu.LiveBytes - before, Is.AtLeast(2 * x.Bytes));
    }

    [Test]
    public void It_is_stored_where_no_backward_pass_follows()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(2, 3, 3, 4), Draw.Normal(72, 1), DType.Float32);
        Assert.That(Normalised(x, Activation.None, keep: false).Deferred, Is.Null);
    }

    [Test]
    public void It_outlives_the_scope_of_what_it_is_made_of()
    {
        using ArrayScope outer = Devices.Cpu.OpenScope();
        DeviceArray y;
        double[] expected;
        using (ArrayScope inner = Devices.Cpu.OpenScope())
        {
            DeviceArray x = Devices.Cpu.Upload(new Shape(2, 3, 3, 4), Draw.Normal(72, 1), DType.Float32);
            expected = Normalised(x, Activation.Relu, keep: false).ToDoubles();
            y = Normalised(x, Activation.Relu);
            inner.Keep(y);
        }
        Assert.That(y.ToDoubles(), Is.EqualTo(expected));
    }

    [Test]
    public void What_is_trained_afterwards_does_not_change_it()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(2, 3, 3, 4), Draw.Normal(72, 1), DType.Float32), gamma = Devices.Cpu.Upload(new Shape(4), [1f, 2, 3, 4]);
        double[] expected = Normalised(x, Activation.Relu, keep: false, gamma).ToDoubles();
        DeviceArray y = Normalised(x, Activation.Relu, keep: true, gamma);
        gamma.CopyFrom([9f, 9, 9, 9]);
        Assert.That(y.ToDoubles(), Is.EqualTo(expected));
    }

    [Test]
    public void Values_that_are_written_to_it_replace_it()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray y = Normalised(Devices.Cpu.Upload(new Shape(2, 3, 3, 4), Draw.Normal(72, 1), DType.Float32), Activation.None), z = Normalised(y, Activation.None);
        double[] values = Draw.Normal(72, 2);
        y.CopyFrom(values);
        z.Clear();
        Assert.That(y.ToDoubles(), Is.EqualTo(values).Within(1e-6));
        Assert.That(z.ToDoubles(), Is.All.Zero);
    }

    private static void ReadsToTheBit(Op op, Shape map, Shape weight, Activation activation, DType type, bool stays)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(map, Draw.Normal(map.Count, 1, mean: 0.5), type), w = Devices.Cpu.Upload(weight, Draw.Normal(weight.Count, 2), type);
        DeviceArray y = Normalised(x, activation), stored = Normalised(x, activation, keep: false);
        Assert.That(y.Deferred, Is.Not.Null);
        (double[] output, double[] gradient) = Run(y);
        (double[] expectedOutput, double[] expectedGradient) = Run(stored);
        Assert.That(y.Deferred is not null, Is.EqualTo(stays));
        Assert.That(output, Is.EqualTo(expectedOutput));
        Assert.That(gradient, Is.EqualTo(expectedGradient));
        Assert.That(y.ToDoubles(), Is.EqualTo(stored.ToDoubles()));

        (double[], double[]) Run(DeviceArray input)
        {
            OpResult result = op.Forward([input, w], keep: true);
            DeviceArray dy = Devices.Cpu.Upload(result.Output.Shape, Draw.Normal(result.Output.Shape.Count, 3), type);
            return (result.Output.ToDoubles(), op.Backward([input, w], result, dy, [false, true])[1]!.ToDoubles());
        }
    }

    private static void GradientsReadToTheBit(Op op, Shape map, Shape weight, Activation activation, DType type)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(map, Draw.Normal(map.Count, 1, mean: 0.5), type), w = Devices.Cpu.Upload(weight, Draw.Normal(weight.Count, 2), type);
        OpResult result = op.Forward([x, w], keep: true);
        DeviceArray arriving = Devices.Cpu.Upload(result.Output.Shape, Draw.Normal(result.Output.Shape.Count, 3), type);
        DeviceArray dy = Gradient(result.Output, activation, arriving), stored = Gradient(result.Output, activation, arriving);
        Assert.That(dy.Deferred, Is.Not.Null);
        double[] values = stored.ToDoubles();
        (double[] dx, double[] dw) = Run(dy);
        (double[] expectedInput, double[] expectedWeight) = Run(stored);
        Assert.That(dx, Is.EqualTo(expectedInput));
        Assert.That(dw, Is.EqualTo(expectedWeight));
        Assert.That(dy.ToDoubles(), Is.EqualTo(values));

        (double[], double[]) Run(DeviceArray gradient)
        {
            DeviceArray?[] gradients = op.Backward([x, w], result, gradient, [true, true]);
            return (gradients[0]!.ToDoubles(), gradients[1]!.ToDoubles());
        }
    }

    private static DeviceArray Gradient(DeviceArray x, Activation activation, DeviceArray dy)
    {
        (BatchNorm norm, DeviceArray[] inputs) = Norm(x, activation);
        return norm.Backward(inputs, norm.Forward(inputs, keep: true), dy, [true, true, true])[0]!;
    }

    private static DeviceArray Normalised(DeviceArray x, Activation activation, bool keep = true, DeviceArray? gamma = null)
    {
        (BatchNorm norm, DeviceArray[] inputs) = Norm(x, activation);
        return norm.Forward([x, gamma ?? inputs[1], inputs[2]], keep).Output;
    }

    private static (BatchNorm, DeviceArray[]) Norm(DeviceArray x, Activation activation)
    {
        int channels = x.Shape.Channels;
        DeviceArray Row(int seed, double mean) => Devices.Cpu.Upload(new Shape(channels), Draw.Normal(channels, seed, mean), x.DType);
        return (new BatchNorm(new BatchNormStatistics(Row(11, 0), Row(12, 9)), Training: true, activation), [x, Row(13, 1), Row(14, 0.5)]);
    }
}
