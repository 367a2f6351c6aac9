using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class WeightedPool2dTests
{
    private static IEnumerable<TestCaseData> Switches =>
        from sigmoid in new[] { true, false }
        from exponential in new[] { true, false }
        from normalise in new[] { true, false }
        select new TestCaseData(sigmoid, exponential, normalise);

    [TestCaseSource(nameof(Switches))]
    public void Gradient_equals_differences_in_every_ablation(bool sigmoid, bool exponential, bool normalise) =>
        OpCheck.Gradients(() => new WeightedPool2d(new(2, 2), sigmoid, exponential, normalise), Map(new Shape(2, 5, 4, 3), 5), Scores(new Shape(2, 5, 4, 3), 6));

    [TestCaseSource(nameof(Switches))]
    public void Gradient_equals_differences_with_a_gain(bool sigmoid, bool exponential, bool normalise) =>
        OpCheck.Gradients(() => new WeightedPool2d(new(3, 2, 1), sigmoid, exponential, normalise, Gain: 3), Map(new Shape(1, 4, 5, 2), 19), Scores(new Shape(1, 4, 5, 2), 20));

    [Test]
    public void The_gain_multiplies_the_sigmoid()
    {
        (Shape, double[]) x = (new Shape(1, 1, 2, 1), [1, 0]), z = (new Shape(1, 1, 2, 1), [0, -1000]);
        Assert.That(OpCheck.Forward(new WeightedPool2d(new(1, 1), Gain: 12, Normalise: false), x, z)[0], Is.EqualTo(Math.Exp(6)).Within(1e-10));
    }

    [TestCase(3, 2, 1)]
    [TestCase(3, 1, 1)]
    [TestCase(1, 2, 0)]
    public void Gradient_equals_differences_under_other_windows(int size, int stride, int padding) =>
        OpCheck.Gradients(() => new WeightedPool2d(new(size, stride, padding)), Map(new Shape(1, 4, 5, 2), 7), Scores(new Shape(1, 4, 5, 2), 8));

    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.Cases))]
    public void Output_equals_equation_5(Window window, Shape map)
    {
        double[] x = Draw.Normal(map.Count, 9), z = Draw.Normal(map.Count, 10, deviation: 3);
        double Weight(int cell) => Math.Exp(1 / (1 + Math.Exp(-z[cell])));
        double[] expected = PoolOracle.Forward(window, map, cells => cells.Sum(cell => Weight(cell) * x[cell]) / cells.Sum(Weight));
        Assert.That(OpCheck.Forward(new WeightedPool2d(window), (map, x), (map, z)), Is.EqualTo(expected).Within(1e-13));
        double[] plain = PoolOracle.Forward(window, map, cells => cells.Sum(cell => Weight(cell) * x[cell]) / window.Size.Area);
        Assert.That(OpCheck.Forward(new WeightedPool2d(window, Normalise: false), (map, x), (map, z)), Is.EqualTo(plain).Within(1e-13));
    }

    [Test]
    public void Equal_scores_give_average_pooling()
    {
        var map = new Shape(2, 5, 4, 17);
        double[] x = Draw.Normal(map.Count, 11), z = [.. Enumerable.Repeat(0.7, map.Count)];
        Assert.That(OpCheck.Forward(new WeightedPool2d(new(2, 2)), (map, x), (map, z)),
            Is.EqualTo(OpCheck.Forward(new AveragePool2d(new(2, 2)), (map, x))).Within(1e-14));
    }

    [Test]
    public void Scores_up_sampled_by_nearest_from_patches_of_whole_windows_have_no_effect()
    {
        var map = new Shape(1, 8, 8, 3);
        double[] x = Draw.Normal(map.Count, 17);
        double[] z = OpCheck.Forward(new Upsample(8, 8, Interpolation.Nearest), (new Shape(1, 2, 2, 3), Draw.Normal(12, 18)));
        Assert.That(OpCheck.Forward(new WeightedPool2d(new(2, 2)), (map, x), (map, z)),
            Is.EqualTo(OpCheck.Forward(new AveragePool2d(new(2, 2)), (map, x))).Within(1e-14));
    }

    [Test]
    public void A_constant_map_passes_unchanged_whatever_the_scores()
    {
        var map = new Shape(1, 6, 6, 17);
        double[] y = OpCheck.Forward(new WeightedPool2d(new(3, 2, 1)), (map, [.. Enumerable.Repeat(-2.5, map.Count)]), Scores(map, 12));
        Assert.That(y, Is.All.EqualTo(-2.5).Within(1e-14));
    }

    [Test]
    public void Output_lies_between_the_extremes_of_its_window()
    {
        var map = new Shape(1, 6, 6, 17);
        double[] x = Draw.Normal(map.Count, 13), y = OpCheck.Forward(new WeightedPool2d(new(2, 2)), (map, x), Scores(map, 14));
        double[] least = PoolOracle.Forward(new(2, 2), map, cells => cells.Min(cell => x[cell])), most = PoolOracle.Forward(new(2, 2), map, cells => cells.Max(cell => x[cell]));
        Assert.That(y.Select((value, index) => value >= least[index] && value <= most[index]), Is.All.True);
    }

    [Test]
    public void Without_the_sigmoid_large_scores_overflow_and_with_it_they_do_not()
    {
        (Shape, double[]) x = (new Shape(1, 2, 2, 1), [1, 2, 3, 4]), z = (new Shape(1, 2, 2, 1), [1000, -1000, 1000, -1000]);
        Assert.That(OpCheck.Forward(new WeightedPool2d(new(2, 2), Sigmoid: false), x, z)[0], Is.NaN);
        Assert.That(OpCheck.Forward(new WeightedPool2d(new(2, 2)), x, z)[0], Is.EqualTo((4 * Math.E + 6) / (2 * Math.E + 2)).Within(1e-14));
    }

    [Test]
    public void Cells_that_no_window_reaches_get_no_gradient()
    {
        double[][] gradients = OpCheck.Backward(new WeightedPool2d(new(2, 2)), [1], Map(new Shape(1, 3, 3, 1), 15), Scores(new Shape(1, 3, 3, 1), 16));
        foreach (double[] gradient in gradients)
            Assert.That(new[] { 2, 5, 6, 7, 8 }.Select(cell => gradient[cell]), Is.All.Zero);
    }

    [Test]
    public void Nothing_of_the_size_of_the_input_is_saved()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(new Shape(1, 4, 4, 2), new double[32]);
        Assert.That(new WeightedPool2d(new(2, 2)).Forward([x, x], keep: true).Saved.Select(saved => saved.Shape), Is.EqualTo(new[] { new Shape(1, 2, 2, 2) }));
        Assert.That(new WeightedPool2d(new(2, 2), Normalise: false).Forward([x, x], keep: true).Saved, Is.Empty);
        Assert.That(new WeightedPool2d(new(2, 2)).Forward([x, x], keep: false).Saved, Is.Empty);
    }

    [Test]
    public void Scores_of_another_shape_are_refused() =>
        Assert.That(() => new WeightedPool2d(new(2, 2)).Infer([new Shape(1, 4, 4, 2), new Shape(1, 2, 2, 2)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(
            "WeightedPool2d: z must be the shape of x = (1, 4, 4, 2), but is (1, 2, 2, 2)."));

    private static (Shape, double[]) Map(Shape shape, int seed) => (shape, Draw.Normal(shape.Count, seed));

    // Positive, so that without sigmoid and exponential the sum of the weights stays away from zero.
    private static (Shape, double[]) Scores(Shape shape, int seed) => (shape, [.. Draw.Normal(shape.Count, seed).Select(score => Math.Abs(score) + 0.1)]);
}
