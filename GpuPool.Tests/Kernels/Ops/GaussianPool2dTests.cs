using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class GaussianPool2dTests
{
    private static IEnumerable<GaussianPool2d> Variants(Window window) =>
        from weight in Enum.GetValues<GaussianWeight>()
        from noise in Enum.GetValues<PoolingNoise>()
        select new GaussianPool2d(window, weight, noise, 7, 1, 2);

    private static IEnumerable<GaussianPool2d> Disjoint => Variants(new(2, 2));

    [TestCaseSource(nameof(Disjoint))]
    public void Gradients_equal_differences(GaussianPool2d op) => OpCheck.Gradients(() => op, Inputs(op, new Shape(2, 5, 4, 3)));

    [TestCase(3, 2, 1)]
    [TestCase(3, 1, 1)]
    [TestCase(3, 3, 0)]
    public void Gradients_equal_differences_under_other_windows(int size, int stride, int padding)
    {
        var op = new GaussianPool2d(new(size, stride, padding), Noise: PoolingNoise.Element);
        OpCheck.Gradients(() => op, Inputs(op, new Shape(2, 4, 5, 2)));
    }

    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.Cases))]
    public void Without_noise_the_output_is_the_mean_plus_softplus_mu_deviations(Window window, Shape map)
    {
        var op = new GaussianPool2d(window);
        (Shape Shape, double[] Values)[] inputs = Inputs(op, map);
        double[] x = inputs[0].Values, mu = inputs[1].Values;
        int area = window.Size.Area, element = 0, image = window.Output("", map, map[3]).Count / map[0];
        double[] expected = PoolOracle.Forward(window, map, cells =>
        {
            double mean = cells.Sum(cell => x[cell]) / area, variance = cells.Sum(cell => x[cell] * x[cell]) / area - mean * mean;
            double m = mu[element / image * map[3] + element++ % map[3]];
            return mean + Math.Log(1 + Math.Exp(m)) * Math.Sqrt(Math.Max(variance, 1e-6));
        });
        Assert.That(OpCheck.Forward(op, inputs), Is.EqualTo(expected).Within(1e-9));
    }

    [Test]
    public void Noise_is_the_normal_draw_of_its_element_or_its_channel([Values(PoolingNoise.Element, PoolingNoise.Channel)] PoolingNoise noise, [Values] GaussianWeight weight)
    {
        var op = new GaussianPool2d(new(2, 2), weight, noise, 3, 4, 5);
        (Shape Shape, double[] Values)[] inputs = Inputs(op, new Shape(2, 4, 6, 3));
        double[] x = inputs[0].Values, mu = inputs[1].Values;
        uint element = 0;
        double[] expected = PoolOracle.Forward(new(2, 2), inputs[0].Shape, cells =>
        {
            uint pixel = element / 18 * 3 + element % 3;
            double mean = cells.Average(cell => x[cell]), deviation = Math.Sqrt(cells.Average(cell => (x[cell] - mean) * (x[cell] - mean)));
            double draw = Philox.Normal(3, 4, 5, noise == PoolingNoise.Element ? element++ : pixel);
            element += noise == PoolingNoise.Element ? 0u : 1u;
            return mean + deviation * (weight == GaussianWeight.Softplus
                ? Math.Log(1 + Math.Exp(mu[pixel] + inputs[2].Values[pixel] * draw))
                : Math.Log(1 + Math.Exp(mu[pixel])) * Math.Abs(draw));
        });
        Assert.That(OpCheck.Forward(op, inputs), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void The_half_Gaussian_is_evaluated_at_the_mean_of_its_noise()
    {
        var inputs = Inputs(new GaussianPool2d(new(2, 2)), new Shape(1, 2, 2, 1));
        double[] draws = [.. Enumerable.Range(0, 4000).Select(step =>
            OpCheck.Forward(new GaussianPool2d(new(2, 2), GaussianWeight.HalfGaussian, PoolingNoise.Element, 1, 1, (uint)step), inputs)[0])];
        double still = OpCheck.Forward(new GaussianPool2d(new(2, 2), GaussianWeight.HalfGaussian), inputs)[0];
        double deviation = Math.Sqrt(draws.Average(draw => (draw - still) * (draw - still)));
        Assert.That(draws.Average(), Is.EqualTo(still).Within(4 * deviation / Math.Sqrt(4000)));
    }

    [Test]
    public void A_window_of_one_cell_has_deviation_one_thousandth_and_passes_gradients_to_its_mean_alone()
    {
        var map = new Shape(1, 3, 3, 2);
        double[] x = Draw.Normal(map.Count, 5), mu = [0.3, -2];
        (Shape, double[])[] inputs = [(map, x), (new Shape(1, 1, 1, 2), mu)];
        double[] expected = [.. x.Select((value, index) => value + 1e-3 * Math.Log(1 + Math.Exp(mu[index % 2])))];
        Assert.That(OpCheck.Forward(new GaussianPool2d(new(1)), inputs), Is.EqualTo(expected).Within(1e-15));
        double[] dy = Draw.Normal(map.Count, 6);
        Assert.That(OpCheck.Backward(new GaussianPool2d(new(1)), dy, inputs)[0], Is.EqualTo(dy));
    }

    [Test]
    public void A_large_mean_does_not_drown_the_variance_in_float32()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(1, 2, 2, 1), [3000f, 3001, 3000, 3001]), mu = Devices.Cpu.Upload(new Shape(1, 1, 1, 1), [0f]);
        Assert.That(new GaussianPool2d(new(2, 2)).Forward([x, mu], keep: false).Output.ToDoubles()[0], Is.EqualTo(3000.5 + 0.5 * Math.Log(2)).Within(3e-4));
    }

    [Test]
    public void Another_step_or_stream_draws_other_noise()
    {
        var op = new GaussianPool2d(new(2, 2), Noise: PoolingNoise.Element);
        (Shape, double[])[] inputs = Inputs(op, new Shape(1, 4, 4, 2));
        double[] y = OpCheck.Forward(op, inputs);
        Assert.That(OpCheck.Forward(op, inputs), Is.EqualTo(y));
        Assert.That(OpCheck.Forward(op with { Step = 1 }, inputs), Is.Not.EqualTo(y));
        Assert.That(OpCheck.Forward(op with { Stream = 1 }, inputs), Is.Not.EqualTo(y));
    }

    [Test]
    public void Noise_without_a_sigma_and_a_mu_of_another_shape_are_refused()
    {
        Shape map = new(2, 4, 4, 3), pixel = new(2, 1, 1, 3);
        Assert.That(() => new GaussianPool2d(new(2, 2), Noise: PoolingNoise.Element).Infer([map, pixel]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("GaussianPool2d: takes 3 inputs, but got 2."));
        Assert.That(() => new GaussianPool2d(new(2, 2)).Infer([map, new Shape(2, 3)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("GaussianPool2d: mu must be (N, 1, 1, C) = (2, 1, 1, 3), but is (2, 3)."));
    }

    private static (Shape Shape, double[] Values)[] Inputs(GaussianPool2d op, Shape map)
    {
        var pixel = new Shape(map[0], 1, 1, map[3]);
        (Shape, double[]) x = (map, Draw.Normal(map.Count, 1)), mu = (pixel, Draw.Normal(pixel.Count, 2)), sigma = (pixel, Draw.Normal(pixel.Count, 3, mean: 0.5, deviation: 0.2));
        return op.Weight == GaussianWeight.Softplus && op.Noise != PoolingNoise.None ? [x, mu, sigma] : [x, mu];
    }
}
