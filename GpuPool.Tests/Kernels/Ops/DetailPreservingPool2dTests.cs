using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class DetailPreservingPool2dTests
{
    [TestCase(2, 2, 0, true)]
    [TestCase(2, 2, 0, false)]
    [TestCase(3, 2, 1, true)]
    [TestCase(3, 1, 1, false)]
    [TestCase(1, 2, 0, true)]
    public void Gradient_equals_differences(int size, int stride, int padding, bool symmetric) => OpCheck.Gradients(
        () => new DetailPreservingPool2d(new(size, stride, padding), symmetric), Inputs(new(size, stride, padding), new(2, 5, 4, 3)));

    [TestCaseSource(typeof(PoolOracle), nameof(PoolOracle.Cases))]
    public void Output_equals_the_weighted_mean_of_the_paper(Window window, Shape map)
    {
        (Shape, double[])[] inputs = Inputs(window, map);
        foreach (bool symmetric in new[] { true, false })
            Assert.That(OpCheck.Forward(new DetailPreservingPool2d(window, symmetric), inputs), Is.EqualTo(Oracle(window, symmetric, inputs)).Within(1e-12));
    }

    [TestCase(9.5, 0, 1e-3)]
    [TestCase(0, -40, 1e-13)]
    public void A_large_base_or_a_vanishing_power_gives_average_pooling(double alpha, double lambda, double tolerance)
    {
        var map = new Shape(1, 4, 6, 17);
        (Shape, double[])[] inputs = Inputs(new(2, 2), map, alpha, lambda);
        Assert.That(OpCheck.Forward(new DetailPreservingPool2d(new(2, 2)), inputs),
            Is.EqualTo(OpCheck.Forward(new AveragePool2d(new(2, 2)), inputs[0])).Within(tolerance));
    }

    [Test]
    public void Alpha_has_no_effect_above_10()
    {
        var map = new Shape(1, 2, 2, 2);
        Assert.That(OpCheck.Forward(new DetailPreservingPool2d(new(2, 2)), Inputs(new(2, 2), map, alpha: 50)),
            Is.EqualTo(OpCheck.Forward(new DetailPreservingPool2d(new(2, 2)), Inputs(new(2, 2), map, alpha: 10))));
        Assert.That(OpCheck.Backward(new DetailPreservingPool2d(new(2, 2)), [1, 1], Inputs(new(2, 2), map, alpha: 50))[2], Is.All.Zero);
    }

    [Test]
    public void A_constant_map_passes_unchanged_and_other_outputs_lie_between_the_extremes_of_their_window()
    {
        var map = new Shape(1, 6, 6, 17);
        (Shape, double[])[] inputs = Inputs(new(2, 2), map);
        double[] x = inputs[0].Item2, y = OpCheck.Forward(new DetailPreservingPool2d(new(2, 2)), inputs);
        double[] least = PoolOracle.Forward(new(2, 2), map, cells => cells.Min(cell => x[cell])), most = PoolOracle.Forward(new(2, 2), map, cells => cells.Max(cell => x[cell]));
        Assert.That(y.Select((value, index) => value >= least[index] && value <= most[index]), Is.All.True);
        inputs[0] = (map, [.. Enumerable.Repeat(-2.5, map.Count)]);
        Assert.That(OpCheck.Forward(new DetailPreservingPool2d(new(2, 2)), inputs), Is.All.EqualTo(-2.5).Within(1e-14));
    }

    [Test]
    public void A_bright_detail_counts_more_than_its_neighbours_and_a_dark_one_only_in_the_symmetric_form()
    {
        (Shape, double[]) reference = (new Shape(1, 1, 1, 1), [1]), alpha = (new Shape(1), [-20]), lambda = (new Shape(1), [0.7]);
        double Pool(double detail, bool symmetric) => OpCheck.Forward(
            new DetailPreservingPool2d(new(2, 2), symmetric), (new Shape(1, 2, 2, 1), [1, 1, 1, detail]), reference, alpha, lambda)[0];
        Assert.That(Pool(2, symmetric: true), Is.GreaterThan(1.9));
        Assert.That(Pool(2, symmetric: false), Is.GreaterThan(1.9));
        Assert.That(Pool(0, symmetric: true), Is.Below(0.1));
        Assert.That(Pool(0, symmetric: false), Is.EqualTo(0.75).Within(1e-12));
    }

    [Test]
    public void References_of_another_shape_are_refused() =>
        Assert.That(() => new DetailPreservingPool2d(new(2, 2)).Infer([new Shape(1, 4, 4, 2), new Shape(1, 4, 4, 2), new Shape(2), new Shape(2)]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("DetailPreservingPool2d: the reference must be (N, Ho, Wo, C) = (1, 2, 2, 2), but is (1, 4, 4, 2)."));

    private static (Shape Shape, double[] Values)[] Inputs(Window window, Shape map, double? alpha = null, double? lambda = null)
    {
        Shape y = window.Output("", map, map[3]);
        var channels = new Shape(map[3]);
        double[] Values(double? value, int seed) => value is { } constant ? [.. Enumerable.Repeat(constant, map[3])] : Draw.Normal(map[3], seed, deviation: 0.5);
        return [(map, Draw.Normal(map.Count, 1)), (y, Draw.Normal(y.Count, 2, deviation: 0.3)), (channels, Values(alpha, 3)), (channels, Values(lambda, 4))];
    }

    private static double[] Oracle(Window window, bool symmetric, (Shape Shape, double[] Values)[] inputs)
    {
        (double[] x, double[] reference, double[] alpha, double[] lambda) = (inputs[0].Values, inputs[1].Values, inputs[2].Values, inputs[3].Values);
        int index = 0;
        return PoolOracle.Forward(window, inputs[0].Shape, cells =>
        {
            int channel = index % alpha.Length;
            double smooth = reference[index++];
            double Square(int cell) => Math.Pow(symmetric ? x[cell] - smooth : Math.Max(0, x[cell] - smooth), 2) + 1e-3;
            double mean = cells.Average(Square);
            double Weight(int cell) => Math.Pow(Square(cell) / mean, Math.Exp(lambda[channel]) / 2) + Math.Exp(Math.Min(alpha[channel], 10));
            return cells.Sum(cell => Weight(cell) * x[cell]) / cells.Sum(Weight);
        });
    }
}
