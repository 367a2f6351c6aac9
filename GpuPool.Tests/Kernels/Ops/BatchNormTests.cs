using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class BatchNormTests
{
    [Test]
    public void Host_body_equals_portable_body([Values] Activation activation, [Values] bool training, [Values] bool residual, [Values(1, 8, 24, 33)] int channels)
    {
        var shape = new Shape(2, 5, 7, channels);
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            double[][] host = Run(shape, activation, training, residual, type), portable = [];
            OpCheck.Portable(() => portable = Run(shape, activation, training, residual, type));
            for (int index = 0; index < host.Length; index++)
                Assert.That(OpCheck.RelativeError(host[index], portable[index]), Is.Below(type == DType.Float32 ? 5e-5 : 1e-11), $"{type} result {index}");
        }
    }

    [Test]
    public void Gradients_equal_differences([Values] Activation activation, [Values] bool training, [Values] bool residual)
    {
        var shape = new Shape(2, 3, 3, 4);
        (Shape, double[])[] inputs = [.. Inputs(shape, residual)];
        // A seed whose activations all keep clear of the bounds by more than the step.
        Assert.That(new GradientCheck().Run(Devices.Cpu, x => Tape.Record(new BatchNorm(Fresh(4, DType.Float64), training, activation), x), inputs), Is.Null);
    }

    [Test]
    public void Training_gives_mean_zero_and_variance_one_and_learns_unbiased_statistics()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] x = Draw.Normal(50 * 3, 1, mean: 1000, deviation: 2);
        BatchNormStatistics statistics = Fresh(3, DType.Float64);
        DeviceArray gamma = Devices.Cpu.Upload(new Shape(3), [1.0, 1, 1]), beta = Devices.Cpu.Upload(new Shape(3), [0.0, 0, 0]);
        double[] y = new BatchNorm(statistics, true).Forward([Devices.Cpu.Upload(new Shape(50, 3), x), gamma, beta], false).Output.ToDoubles();
        for (int c = 0; c < 3; c++)
        {
            double[] column = [.. x.Where((_, i) => i % 3 == c)], normalised = [.. y.Where((_, i) => i % 3 == c)];
            double mean = column.Average(), variance = column.Sum(value => (value - mean) * (value - mean)) / 49;
            Assert.That(normalised.Average(), Is.EqualTo(0).Within(1e-9));
            Assert.That(normalised.Average(value => value * value), Is.EqualTo(1).Within(1e-4));
            Assert.That(statistics.Mean.ToDoubles()[c], Is.EqualTo(0.1 * mean).Within(1e-9));
            Assert.That(statistics.Variance.ToDoubles()[c], Is.EqualTo(0.9 + 0.1 * variance).Within(1e-9));
        }
    }

    [Test]
    public void Many_equal_gradients_do_not_drown_in_their_sum_in_the_portable_body()
    {
        // Each block rounds as often as it has rows, and their sum as often as there are blocks: as many, here.
        const int rows = ColumnSum.Block * ColumnSum.Block;
        double percent = 100 * Math.ScaleB(2 * ColumnSum.Block, -24);
        using ArrayScope scope = Devices.Cpu.OpenScope();
        float[] dy = new float[rows];
        Array.Fill(dy, 0.1f);
        DeviceArray[] inputs = [Devices.Cpu.Upload(new Shape(rows, 1), Draw.Normal(rows, 3), DType.Float32), Devices.Cpu.Upload(new Shape(1), [1f]), Devices.Cpu.Upload(new Shape(1), [0f])];
        DeviceArray gradient = Devices.Cpu.Upload(new Shape(rows, 1), dy), sum = Devices.Cpu.Allocate(new Shape(1));
        OpCheck.Portable(() =>
        {
            var norm = new BatchNorm(Fresh(1, DType.Float32), true);
            DeviceArray beta = norm.Backward(inputs, norm.Forward(inputs, keep: true), gradient, [false, true, true])[2]!;
            Assert.That(beta.ToDoubles()[0], Is.EqualTo(0.1 * rows).Within(percent).Percent, "batch norm");
            ColumnSum.Launch<float>(Devices.Cpu, gradient, sum);
            Assert.That(sum.ToDoubles()[0], Is.EqualTo(0.1 * rows).Within(percent).Percent, "column sum");
        });
    }

    [Test]
    public void A_large_mean_does_not_drown_the_variance_in_float32()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] x = Draw.Normal(4096, 3, mean: 3000, deviation: 0.5);
        BatchNormStatistics statistics = Fresh(1, DType.Float32);
        new BatchNorm(statistics, true).Forward([Devices.Cpu.Upload(new Shape(4096, 1), x, DType.Float32), Devices.Cpu.Upload(new Shape(1), [1f]), Devices.Cpu.Upload(new Shape(1), [0f])], false);
        double[] rounded = [.. x.Select(value => (double)(float)value)];
        double mean = rounded.Average(), variance = rounded.Sum(value => (value - mean) * (value - mean)) / 4095;
        Assert.That(statistics.Variance.ToDoubles()[0], Is.EqualTo(0.9 + 0.1 * variance).Within(1e-4));
    }

    // 533,000 values about a level, of deviation 1, but for some in a row that are far away, beside whose squares a block keeps fewer digits of the others.
    [TestCase(0, 1, 1000, true, 5e-6)]
    [TestCase(0, 1, 0, true, 5e-6)]
    [TestCase(266_507, 1, 1000, true, 5e-6)]
    [TestCase(0, 70, 1000, true, 2e-4)]
    [TestCase(0, 70, 0, true, 2e-4)]
    [TestCase(0, 1, 1000, false, 5e-6)]
    [TestCase(0, 70, 0, false, 2e-4)]
    public void Outliers_do_not_drown_the_variance_in_float32(int place, int outliers, double level, bool host, double tolerance)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var shape = new Shape(1, 533, 1000, 1);
        double[] x = [.. Draw.Normal(shape.Count, 4, level).Select(value => (double)(float)value)];
        x.AsSpan(place, outliers).Fill(1000 - level);
        double mean = x.Average(), variance = x.Sum(value => (value - mean) * (value - mean)) / (x.Length - 1);
        BatchNormStatistics statistics = Fresh(1, DType.Float32) with { Momentum = 1 };
        void Run() => new BatchNorm(statistics, true).Forward(
            [Devices.Cpu.Upload(shape, x, DType.Float32), Devices.Cpu.Upload(new Shape(1), [1f]), Devices.Cpu.Upload(new Shape(1), [0f])], false);
        if (host)
            Run();
        else
            OpCheck.Portable(Run);
        Assert.That(statistics.Variance.ToDoubles()[0], Is.EqualTo(variance).Within(tolerance * variance));
        Assert.That(statistics.Mean.ToDoubles()[0], Is.EqualTo(mean).Within(2e-4));
    }

    [Test]
    public void A_channel_of_equal_values_gives_exactly_beta_and_no_gradient()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(40, 3), [.. Enumerable.Range(0, 120).Select(i => i % 3 == 1 ? 0.7310586f : 0.1f * i)]);
        DeviceArray gamma = Devices.Cpu.Upload(new Shape(3), [1.3f, 1.7f, 0.9f]), beta = Devices.Cpu.Upload(new Shape(3), new float[3]);
        var op = new BatchNorm(Fresh(3, DType.Float32), true, Activation.Relu6);
        OpResult result = op.Forward([x, gamma, beta], true);
        DeviceArray ones = Devices.Cpu.Upload(x.Shape, [.. Enumerable.Repeat(1f, 120)]);
        double[] gradient = op.Backward([x, gamma, beta], result, ones, [true, true, true])[0]!.ToDoubles();
        Assert.That(result.Output.ToDoubles().Where((_, i) => i % 3 == 1), Is.All.EqualTo(0));
        Assert.That(gradient.Where((_, i) => i % 3 == 1), Is.All.EqualTo(0));
    }

    [Test]
    public void One_value_a_channel_is_refused_in_training() =>
        Assert.That(() => new BatchNorm(Fresh(3, DType.Float32), true).Infer([new Shape(1, 1, 1, 3), new Shape(3), new Shape(3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("BatchNorm: x must be more than one value a channel in training, but is (1, 1, 1, 3)."));

    [Test]
    public void A_nan_goes_through_every_activation([Values] Activation activation)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] x = Draw.Normal(32, 3);
        x[5] = double.NaN;
        DeviceArray y = new BatchNorm(Fresh(1, DType.Float32), false, activation).Forward(
            [Devices.Cpu.Upload(new Shape(32, 1), x, DType.Float32), Devices.Cpu.Upload(new Shape(1), [1f]), Devices.Cpu.Upload(new Shape(1), [0f])], false).Output;
        Assert.That(y.ToDoubles()[5], Is.NaN);
    }

    private static double[][] Run(Shape shape, Activation activation, bool training, bool residual, DType type)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        BatchNormStatistics statistics = Fresh(shape.Channels, type);
        DeviceArray[] arrays = [.. Inputs(shape, residual).Select(input => Devices.Cpu.Upload(input.Shape, input.Values, type))];
        var op = new BatchNorm(statistics, training, activation);
        OpResult result = op.Forward(arrays, true);
        DeviceArray seed = Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 9), type);
        DeviceArray?[] gradients = op.Backward(arrays, result, seed, [.. arrays.Select(_ => true)]);
        return [result.Output.ToDoubles(), .. gradients.Select(gradient => gradient!.ToDoubles()), statistics.Mean.ToDoubles(), statistics.Variance.ToDoubles()];
    }

    private static IEnumerable<(Shape Shape, double[] Values)> Inputs(Shape shape, bool residual)
    {
        yield return (shape, Draw.Normal(shape.Count, 1, mean: 0.5, deviation: 3));
        yield return (new Shape(shape.Channels), Draw.Normal(shape.Channels, 2, mean: 2));
        yield return (new Shape(shape.Channels), Draw.Normal(shape.Channels, 3, mean: 1));
        if (residual)
            yield return (shape, Draw.Normal(shape.Count, 4));
    }

    private static BatchNormStatistics Fresh(int channels, DType type) => new(
        Devices.Cpu.Upload(new Shape(channels), new double[channels], type),
        Devices.Cpu.Upload(new Shape(channels), [.. Enumerable.Repeat(1.0, channels)], type));
}
