using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Tests.Models;

/// <summary>Mixed, learned, gated, tree and learned-norm pooling.</summary>
public sealed class MixedPoolTests
{
    private static readonly Shape _map = new(3, 4, 6, 20);
    private static readonly double[] _x = Draw.Normal(_map.Count, 1);

    [Test]
    public void Mixed_pooling_takes_the_maximum_or_the_average_of_each_channel_of_each_image()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module pool = PoolingMethodTests.Create("mixed", 20);
        pool.Training = true;
        double[] y = Run(pool), maximum = Run("maxp"), average = Run("avgp");
        int maxima = 0;
        for (int image = 0; image < 3; image++)
        {
            for (int channel = 0; channel < 20; channel++)
            {
                int[] cells = [.. Enumerable.Range(0, 6).Select(cell => (image * 6 + cell) * 20 + channel)];
                bool isMaximum = cells.All(cell => y[cell] == maximum[cell]);
                Assert.That(isMaximum || cells.All(cell => y[cell] == average[cell]));
                maxima += isMaximum ? 1 : 0;
            }
        }
        Assert.That(maxima, Is.InRange(15, 45));
        double[] counts = pool.Buffers.Single(entry => entry.Name == "counts").Buffer.ToDoubles();
        Assert.That(counts.Where((_, index) => index % 2 == 1).Sum(), Is.EqualTo(maxima));
        Assert.That(counts.Sum(), Is.EqualTo(60));
    }

    [Test]
    public void Mixed_pooling_is_evaluated_by_its_counts()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module pool = PoolingMethodTests.Create("mixed", 20);
        pool.Buffers.Single().Buffer.CopyFrom([.. Enumerable.Range(0, 40).Select(index => index % 4 == 0 ? 2.0 : 1.0)]);
        double[] maximum = Run("maxp"), average = Run("avgp");
        Assert.That(Run(pool), Is.EqualTo(maximum.Select((value, index) => index % 2 == 0 ? average[index] : value)));
    }

    [Test]
    public void A_gate_goes_from_the_average_to_the_maximum([Values("mixed_learned", "gated")] string word)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] positive = [.. _x.Select(value => Math.Abs(value) + 0.1)];
        Assert.That(Run(Constant(word, 100), positive), Is.EqualTo(Run("maxp", positive)).Within(1e-3));
        Assert.That(Run(Constant(word, -100), positive), Is.EqualTo(Run("avgp", positive)).Within(1e-3));
        double[] half = [.. Run("maxp").Zip(Run("avgp"), (maximum, average) => (maximum + average) / 2)];
        Assert.That(Run(Constant(word, 0)), Is.EqualTo(half).Within(1e-14));
    }

    [Test]
    public void A_tree_starts_near_the_average_and_chooses_between_its_leaves()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module pool = Constant("tree", 0.25);
        Assert.That(Run(pool), Is.EqualTo(Run("avgp")).Within(1e-14));
        pool.Allocate(Devices.Cpu, DType.Float64);
        Assert.That(Run(pool), Is.EqualTo(Run("avgp")).Within(0.5));
        Dictionary<string, Parameter> masks = pool.Parameters.ToDictionary(entry => entry.Name, entry => entry.Parameter);
        double[] first = [1, 0, 0, 0], second = [0, 0, 0, 2];
        masks["leaf1.weight"].Value.CopyFrom(first);
        masks["leaf2.weight"].Value.CopyFrom(second);
        masks["omega.weight"].Value.CopyFrom(new double[] { 1000, 0, 0, 0 });
        double[] y = Run(pool);
        for (int index = 0; index < y.Length; index++)
        {
            int channel = index % 20, column = index / 20 % 3, row = index / 60 % 2, image = index / 120;
            double Cell(int i, int j) => _x[((image * 4 + 2 * row + i) * 6 + 2 * column + j) * 20 + channel];
            if (Math.Abs(Cell(0, 0)) > 0.1)
                Assert.That(y[index], Is.EqualTo(Cell(0, 0) > 0 ? Cell(0, 0) : 2 * Cell(1, 1)).Within(1e-12));
        }
    }

    [Test]
    public void Learned_norm_pooling_starts_as_the_root_mean_square()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module pool = PoolingMethodTests.Create("lp", 20);
        pool.Allocate(Devices.Cpu, DType.Float64);
        Assert.That(Run(pool), Is.EqualTo(Run("avgp", [.. _x.Select(value => value * value)]).Select(Math.Sqrt)).Within(1e-13));
    }

    private static Module Constant(string word, double value)
    {
        Module pool = PoolingMethodTests.Create(word, 20);
        foreach ((_, Parameter parameter) in pool.Parameters)
            parameter.Value.CopyFrom([.. Enumerable.Repeat(value, parameter.Shape.Count)]);
        if (word == "tree")
            pool.Parameters.First(entry => entry.Name == "omega.weight").Parameter.Value.CopyFrom(new double[4]);
        return pool;
    }

    private static double[] Run(string word, double[]? x = null) => Run(PoolingMethodTests.Create(word, 20), x);

    private static double[] Run(Module pool, double[]? x = null) => pool.Call(Tensor.Leaf(Devices.Cpu.Upload(_map, x ?? _x))).Value.ToDoubles();
}
