using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Gpu;

/// <summary>Group bodies beside the portable ones, in both element types, on both sides of what a group takes at a time.</summary>
public sealed class GroupBodyTests
{
    // Rows and columns around tiles of 64 and slices of 16; the last two are cut in depth.
    [TestCase(3, 5, 2), TestCase(64, 16, 64), TestCase(65, 17, 63), TestCase(2, 257, 1), TestCase(300, 2, 3)]
    public void Linear_layers(int rows, int inputs, int outputs) => Check(new Linear(), new(rows, inputs), new(inputs, outputs), new(outputs));

    private static IEnumerable<Window> Windows =>
    [
        new(1), new(1, 2), new(3, 1, 1), new(3, 2, 1), new(3, 3, 2) { Dilation = 2 }, new(3, 2, 1) { Dilation = 2 }, new((1, 7), (2, 1), (0, 3)), new(2, 4), new(5, 1, 4),
    ];

    [TestCaseSource(nameof(Windows))]
    public void Convolutions(Window window) => Check(new Conv2d(window), new(2, 9, 8, 3), new(window.Size.Height, window.Size.Width, 3, 17), new(17));

    [Test]
    public void Convolutions_by_winograd_are_direct_ones() => Check(new Conv2d(new Window(3, 1, 1)) { Winograd = true }, new(1, 6, 7, 5), new(3, 3, 5, 9));

    [TestCaseSource(nameof(Windows))]
    public void Depthwise_convolutions(Window window)
    {
        if (window.Dilation == 1)
            Check(new DepthwiseConv2d(window), new(2, 9, 8, 33), new(window.Size.Height, window.Size.Width, 33));
    }

    [Test]
    public void Batch_products([Values] ProductForm form) => Check(new BatchProduct(form),
        form == ProductForm.FirstTransposed ? new(2, 7, 9) : new(2, 9, 7), form == ProductForm.SecondTransposed ? new(2, 5, 7) : new(2, 7, 5));

    // One tile and a little of the next; heads of one, two and four blocks of columns, and of several tiles.
    [TestCase(1, 1, 5, 3), TestCase(2, 2, 64, 16), TestCase(1, 1, 65, 17), TestCase(1, 2, 130, 12), TestCase(1, 1, 20, 64), TestCase(1, 1, 66, 33), TestCase(1, 1, 6, 65), TestCase(1, 2, 66, 80), TestCase(1, 1, 5, 130)]
    public void Attention_heads(int images, int heads, int tokens, int depth) => Check(new Attention(heads), new Shape(images, tokens, 3 * heads * depth));

    [Test]
    public void A_head_whose_first_tile_of_scores_is_minus_infinity_takes_the_others()
    {
        double[] qkv = Draw.Normal(70 * 3, 1);
        for (int token = 0; token < 70; token++)
            (qkv[3 * token], qkv[3 * token + 1]) = (1, token < 64 ? double.NegativeInfinity : qkv[3 * token + 1]);
        double[] expected = [], actual = [];
        OpCheck.Portable(() => expected = OpCheck.Forward(new Attention(1), (new Shape(1, 70, 3), qkv)));
        OpCheck.Groups(() => actual = OpCheck.Forward(new Attention(1), (new Shape(1, 70, 3), qkv)));
        Assert.That(expected, Has.All.Not.NaN);
        Assert.That(OpCheck.RelativeError(actual, expected), Is.NoMoreThan(OpCheck.Float64Tolerance));
    }

    [TestCase(5, 3), TestCase(33, 40), TestCase(3, 260)]
    public void Layer_norms(int rows, int channels) => Check(new LayerNorm(), new(rows, channels), new(channels), new(channels));

    [TestCase(1), TestCase(6), TestCase(33)]
    public void Instance_norms(int channels) => Check(new InstanceNorm(), new(2, 9, 8, channels), new(channels), new(channels));

    [Test]
    public void Global_pooling([Values(1, 40)] int channels) => Check(new GlobalAveragePool(), new Shape(2, 9, 8, channels));

    private static IEnumerable<Shape> Sums => [new(2, 3, 4, 1), new(2, 1, 1, 5), new(1, 3, 1, 5), new(2, 1, 4, 1), new(1, 1, 1, 1), new(1, 3, 4, 5), new(1, 1, 4, 5), new(2, 3, 4, 5)];

    [TestCaseSource(nameof(Sums))]
    public void Sums_over_any_axes(Shape target) => Check(new Sum(target), new Shape(2, 3, 4, 5));

    [Test]
    public void Position_tables() => Check(new PositionEmbedding(), new(2, 3, 4, 6), new(5, 3), new(6, 3));

    [TestCase(5), TestCase(33)]
    public void Batch_norms_in_training(int channels)
    {
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            double[][] expected = [], actual = [];
            OpCheck.Portable(() => expected = BatchNorm(channels, type));
            OpCheck.Groups(() => actual = BatchNorm(channels, type));
            for (int index = 0; index < expected.Length; index++)
                Assert.That(OpCheck.RelativeError(actual[index], expected[index]), Is.NoMoreThan(type == DType.Float32 ? 5e-5 : OpCheck.Float64Tolerance), $"{type} result {index}");
        }
    }

    // Output, gradients and running statistics; the first value of the first channel is an outlier.
    private static double[][] BatchNorm(int channels, DType type)
    {
        Shape shape = new(9, 8, channels), one = new(channels);
        double[] x = Draw.Normal(shape.Count, 1);
        x[0] = 1e6;
        var statistics = new BatchNormStatistics(Devices.Cpu.Upload(one, Draw.Normal(channels, 2), type), Devices.Cpu.Upload(one, Draw.Normal(channels, 3, mean: 9), type));
        var op = new BatchNorm(statistics, Training: true, Activation.Relu6);
        DeviceArray[] inputs = [Devices.Cpu.Upload(shape, x, type), Devices.Cpu.Upload(one, Draw.Normal(channels, 4), type), Devices.Cpu.Upload(one, Draw.Normal(channels, 5), type)];
        OpResult result = op.Forward(inputs, keep: true);
        DeviceArray?[] gradients = op.Backward(inputs, result, Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 6), type), [true, true, true]);
        return [result.Output.ToDoubles(), .. gradients.Select(gradient => gradient!.ToDoubles()), statistics.Mean.ToDoubles(), statistics.Variance.ToDoubles()];
    }

    private static void Check(Op op, params Shape[] shapes) =>
        OpCheck.GroupsEqualPortable(() => op, [.. shapes.Select((shape, index) => (shape, Draw.Normal(shape.Count, index + 1)))]);
}
