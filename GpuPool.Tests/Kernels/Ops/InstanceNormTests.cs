using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

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

    [Test]
    public void An_empty_map_is_refused() =>
        Assert.That(() => new InstanceNorm().Infer([new Shape(1, 0, 3, 2), new Shape(2), new Shape(2)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("InstanceNorm: x must be (N, H, W, C) with H, W >= 1, but is (1, 0, 3, 2)."));

    private static (Shape, double[])[] Inputs(Shape map) =>
        [(map, Draw.Normal(map.Count, 1, mean: 0.5, deviation: 3)), (new Shape(map[3]), Draw.Normal(map[3], 2, mean: 2)), (new Shape(map[3]), Draw.Normal(map[3], 3))];
}
