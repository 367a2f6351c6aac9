using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class LpPool2dTests
{
    [TestCase(2, 2, 0)]
    [TestCase(3, 2, 1)]
    [TestCase(3, 1, 1)]
    [TestCase(1, 2, 0)]
    public void Gradients_equal_differences(int size, int stride, int padding)
    {
        var map = new Shape(2, 4, 5, 3);
        OpCheck.Gradients(() => new LpPool2d(new(size, stride, padding)), (map, Draw.Distinct(map.Count, 3, 0.02)), Rho(map, 4));
    }

    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.Cases))]
    public void Output_equals_the_power_mean_of_the_magnitudes(Window window, Shape map)
    {
        double[] x = Draw.Normal(map.Count, 5), rho = Rho(map, 6).Values;
        int channel = 0;
        double[] expected = PoolOracle.Forward(window, map, cells =>
        {
            double p = 1 + Math.Log(1 + Math.Exp(rho[channel++ % map[3]]));
            return Math.Pow(cells.Sum(cell => Math.Pow(Math.Abs(x[cell]), p)) / window.Size.Area, 1 / p);
        });
        Assert.That(OpCheck.Forward(new LpPool2d(window), (map, x), (new Shape(map[3]), rho)), Is.EqualTo(expected).Within(1e-13));
    }

    [Test]
    public void The_exponent_leads_from_the_average_to_the_largest_magnitude()
    {
        var map = new Shape(1, 4, 4, 3);
        double[] x = Draw.Normal(map.Count, 7), magnitudes = [.. x.Select(Math.Abs)];
        double[] average = OpCheck.Forward(new LpPool2d(new(2, 2)), (map, x), (new Shape(3), [-50, -800, -1e4]));
        double[] largest = OpCheck.Forward(new LpPool2d(new(2, 2), Largest: 1e6), (map, x), (new Shape(3), [1e6, 1e6, 1e9]));
        Assert.That(average, Is.EqualTo(OpCheck.Forward(new AveragePool2d(new(2, 2)), (map, magnitudes))).Within(1e-14));
        Assert.That(largest, Is.EqualTo(OpCheck.Forward(new MaxPool2d(new(2, 2)), (map, magnitudes))).Within(1e-5));
    }

    [Test]
    public void Zeros_get_no_gradient_and_no_NaN([Values(-1e4, 0, 1e4)] double rho)
    {
        (Shape, double[]) x = (new Shape(1, 2, 4, 1), [0, 0, 0, 3, 0, 0, 0, -4]);
        double[][] gradients = OpCheck.Backward(new LpPool2d(new(2, 2)), [1, 1], x, (new Shape(1), [rho]));
        Assert.That(gradients[0], Is.All.Matches<double>(double.IsFinite));
        Assert.That(new[] { 0, 1, 2, 4, 5, 6 }.Select(cell => gradients[0][cell]), Is.All.Zero);
        Assert.That(gradients[0][3] > 0 && gradients[0][7] < 0);
        Assert.That(gradients[1][0], Is.Not.NaN);
    }

    [Test]
    public void Neither_tiny_nor_huge_values_leave_the_range_of_float32()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray rho = Devices.Cpu.Upload(new Shape(1), [20f]);
        foreach (float scale in new[] { 1e-30f, 1e30f })
        {
            DeviceArray x = Devices.Cpu.Upload(new Shape(1, 2, 2, 1), [scale, 2 * scale, 3 * scale, 4 * scale]);
            double expected = Math.Pow(new[] { 1, 2, 3, 4 }.Average(value => Math.Pow(value, 10)), 0.1);
            Assert.That(new LpPool2d(new(2, 2)).Forward([x, rho], keep: false).Output.ToDoubles()[0] / scale, Is.EqualTo(expected).Within(1e-5));
        }
    }

    [Test]
    public void A_bounded_exponent_gets_no_gradient()
    {
        double[][] gradients = OpCheck.Backward(new LpPool2d(new(2, 2)), [1], (new Shape(1, 2, 2, 1), [1, 2, 3, 4]), (new Shape(1), [9.5]));
        Assert.That(gradients[1][0], Is.Zero);
    }

    [TestCase(1)]
    [TestCase(20)]
    public void An_infinite_value_makes_its_window_infinite(int channels)
    {
        double[] x = [.. new[] { double.PositiveInfinity, 1, 1, 1, 2, double.NegativeInfinity, double.PositiveInfinity, 0 }.SelectMany(value => Enumerable.Repeat(value, channels))];
        double[] rho = Draw.Normal(channels, 8);
        void Check() => Assert.That(OpCheck.Forward(new LpPool2d(new(2, 2)), (new Shape(2, 2, 2, channels), x), (new Shape(channels), rho)), Is.All.EqualTo(double.PositiveInfinity));
        Check();
        OpCheck.Portable(Check);
    }

    [Test]
    public void A_NaN_shows()
    {
        double[] y = OpCheck.Forward(new LpPool2d(new(2, 2)), (new Shape(1, 2, 2, 1), [0, double.NaN, 0, 1]), (new Shape(1), [0]));
        Assert.That(y[0], Is.NaN);
    }

    [Test]
    public void An_exponent_for_each_channel_is_required() =>
        Assert.That(() => new LpPool2d(new(2, 2)).Infer([new Shape(1, 4, 4, 3), new Shape(1)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("LpPool2d: rho must be (C) = (3), but is (1)."));

    private static (Shape Shape, double[] Values) Rho(Shape map, int seed) => (new Shape(map[3]), Draw.Normal(map[3], seed, mean: 0.5, deviation: 2));
}
