using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class InstanceNormTests
{
    private static IEnumerable<Shape> Maps => PoolOracle.Maps;

    [Test]
    public void Gradients_equal_differences() => OpCheck.Gradients(() => new InstanceNorm(), Inputs(new Shape(2, 3, 2, 3)));

    [Test]
    public void Each_channel_of_each_image_gets_mean_beta_and_deviation_gamma()
    {
        var map = new Shape(2, 4, 5, 3);
        double[] y = OpCheck.Forward(new InstanceNorm(), (map, Draw.Normal(map.Count, 1, mean: 50, deviation: 3)), (new Shape(3), [1, 2, -3]), (new Shape(3), [0, 5, -1]));
        for (int index = 0; index < 6; index++)
        {
            double[] channel = [.. y.Where((_, i) => i / 60 * 3 + i % 3 == index)];
            double mean = channel.Average();
            Assert.That(mean, Is.EqualTo(new[] { 0, 5, -1 }[index % 3]).Within(1e-12));
            Assert.That(Math.Sqrt(channel.Average(value => (value - mean) * (value - mean))), Is.EqualTo(new[] { 1, 2, 3 }[index % 3]).Within(1e-4));
        }
    }

    [Test]
    public void A_constant_map_becomes_beta()
    {
        var map = new Shape(1, 3, 3, 2);
        double[] y = OpCheck.Forward(new InstanceNorm(), (map, [.. Enumerable.Repeat(0.5, 18)]), (new Shape(2), [3, 4]), (new Shape(2), [1, 2]));
        Assert.That(y, Is.EqualTo(Enumerable.Range(0, 18).Select(i => 1.0 + i % 2)));
    }

    // Large enough for several blocks, and for sums one by one to lose four digits. A mean is no more exact than its own last digit.
    [TestCase(0, 5e-6)]
    [TestCase(100, 2e-5)]
    [TestCase(1e4, 5e-4)]
    public void Large_maps_are_normalised_in_float32(double level, double tolerance)
    {
        var map = new Shape(1, 533, 1000, 1);
        double[] x = [.. Draw.Normal(map.Count, 4, level).Select(value => (double)(float)value)], dy = Draw.Normal(map.Count, 5, mean: 1);
        double mean = x.Average(), deviation = Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + 1e-5);
        double[] normalised = [.. x.Select(value => (value - mean) / deviation)];
        double sum = dy.Sum(), product = dy.Zip(normalised, (gradient, value) => gradient * value).Sum();
        double[] dx = [.. dy.Zip(normalised, (gradient, value) => (gradient - (sum + value * product) / x.Length) / deviation)];
        foreach (Body body in Body.All)
        {
            body.Run(device =>
            {
                double[][] results = Results(device, map, x, dy);
                Assert.That(Largest(results[0], normalised), Is.Below(tolerance), $"{body.Name} y");
                Assert.That(Largest(results[1], dx), Is.Below(5 * tolerance), $"{body.Name} dx");
                Assert.That(results[2][0], Is.EqualTo(product).Within(tolerance * x.Length), $"{body.Name} dgamma");
                Assert.That(results[3][0], Is.EqualTo(sum).Within(1e-6 * x.Length), $"{body.Name} dbeta");
            });
        }
    }

    [Test]
    public void A_constant_map_becomes_exactly_beta_however_large(
        [Values(1e8f, -3e30f, 0.1f)] float level, [Values(1, 3, 64, 400)] int side, [Values(1, 9)] int channels)
    {
        var map = new Shape(1, side, side, channels);
        foreach (Body body in Body.All)
        {
            body.Run(device => Assert.That(
                Results(device, map, [.. Enumerable.Repeat((double)level, map.Count)], new double[map.Count], 2, 0.7f)[0].Distinct(), Is.EqualTo(new[] { (double)0.7f }), body.Name));
        }
    }

    [Test]
    public void A_value_that_is_no_number_shows()
    {
        var map = new Shape(1, 100, 100, 9);
        foreach (double value in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity })
        {
            double[] x = Draw.Normal(map.Count, 6);
            x[9 * 5_000 + 4] = value;
            foreach (Body body in Body.All)
                body.Run(device => Assert.That(Results(device, map, x, x)[0].Where((_, i) => i % 9 == 4), Is.All.NaN, body.Name));
        }
    }

    [Test]
    public void An_empty_map_is_refused() =>
        Assert.That(() => new InstanceNorm().Infer([new Shape(1, 0, 3, 2), new Shape(2), new Shape(2)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("InstanceNorm: x must be (N, H, W, C) with H, W >= 1, but is (1, 0, 3, 2)."));

    // y, dx, dgamma and dbeta in float32.
    private static double[][] Results(Device device, Shape map, double[] x, double[] dy, float gamma = 1, float beta = 0)
    {
        float[] Each(float value) => [.. Enumerable.Repeat(value, map.Channels)];
        var channels = new Shape(map.Channels);
        DeviceArray[] inputs = [device.Upload(map, x, DType.Float32), device.Upload(channels, Each(gamma)), device.Upload(channels, Each(beta))];
        var op = new InstanceNorm();
        OpResult result = op.Forward(inputs, true);
        DeviceArray?[] gradients = op.Backward(inputs, result, device.Upload(map, dy, DType.Float32), [true, true, true]);
        return [result.Output.ToDoubles(), .. gradients.Select(gradient => gradient!.ToDoubles())];
    }

    private static double Largest(double[] actual, double[] expected) => actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max();

    private static (Shape, double[])[] Inputs(Shape map) =>
        [(map, Draw.Normal(map.Count, 1, mean: 0.5, deviation: 3)), (new Shape(map[3]), Draw.Normal(map[3], 2, mean: 2)), (new Shape(map[3]), Draw.Normal(map[3], 3))];
}
