using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models;

public sealed class RnnPoolTests
{
    private const int Channels = 3, Sweep = 4, Summary = 2;

    // Square and rectangular patches, disjoint and overlapping, and the 6x6 patches at step 4 of RNNPool's own networks.
    [TestCase(2, 2, 2)]
    [TestCase(3, 2, 2)]
    [TestCase(1, 4, 3)]
    [TestCase(6, 6, 4)]
    public void Output_equals_the_sweeps_of_each_patch_alone(int height, int width, int stride)
    {
        var map = new Shape(2, 11, 10, Channels);
        double[] x = Draw.Normal(map.Count, 1);
        using Module pool = Create(height, width, stride);
        double[] actual = ModuleCheck.Run(pool, map, x);
        var expected = new List<double>();
        for (int image = 0; image < 2; image++)
        {
            for (int top = 0; top + height <= map[1]; top += stride)
            {
                for (int left = 0; left + width <= map[2]; left += stride)
                    expected.AddRange(Patch(pool, (row, column) => x.AsSpan(((image * map[1] + top + row) * map[2] + left + column) * Channels, Channels).ToArray(), height, width));
            }
        }
        Assert.That(OpCheck.RelativeError(actual, [.. expected]), Is.Below(1e-13));
    }

    [TestCase(3, 2, 2)]
    [TestCase(6, 6, 4)]
    public void Gradients_of_overlapping_patches_equal_differences(int height, int width, int stride)
    {
        var map = new Shape(1, 10, 7, Channels);
        using Module pool = Create(height, width, stride);
        // At its start zeta has no slope.
        pool.Parameters.Single(entry => entry.Name == "cell_rnn.zeta").Parameter.Value.CopyFrom([0.3]);
        ModuleCheck.Gradients(pool, map, Draw.Normal(map.Count, 2));
    }

    [Test]
    public void Rows_that_are_constant_along_a_square_patch_make_the_columns_all_alike()
    {
        var map = new Shape(1, 4, 4, Channels);
        double[] rows = [.. Draw.Normal(4 * Channels, 3).Chunk(Channels).SelectMany(row => Enumerable.Repeat(row, 4)).SelectMany(cell => cell)];
        double[] columns = [.. Enumerable.Repeat(Draw.Normal(4 * Channels, 3), 4).SelectMany(row => row)];
        using Module pool = Create(4, 4, 4);
        double[] y = ModuleCheck.Run(pool, map, rows), turned = ModuleCheck.Run(pool, map, columns);
        // All columns are the same sequence, so the second cell sees a constant sequence from both sides.
        Assert.That(y[(2 * Summary)..(3 * Summary)], Is.EqualTo(y[(3 * Summary)..]).Within(1e-15));
        Assert.That(y[..Summary], Is.Not.EqualTo(y[Summary..(2 * Summary)]).Within(1e-6));
        // Turning the patch about its diagonal exchanges the two halves.
        Assert.That(turned, Is.EqualTo(y[(2 * Summary)..].Concat(y[..(2 * Summary)])).Within(1e-15));
    }

    [Test]
    public void Parameters_and_multiply_adds_are_those_of_the_two_cells()
    {
        // VWW stem: 112x112x8, patches of 6x6 at step 4, h1 = h2 = 8: 27x27x32.
        var pool = new RnnPool(8, 8, 8, 6, 6, 4);
        Assert.That(pool.Infer(new Shape(1, 112, 112, 8)), Is.EqualTo(new Shape(1, 27, 27, 32)));
        Assert.That(pool.States.Select(entry => entry.Name), Is.Unique);
        Cost cost = Cost.Of(pool, new Shape(1, 112, 112, 8));
        Assert.That(cost.Parameters, Is.EqualTo(2 * (8 * 8 + 8 * 8 + 2 * 8 + 2)));
        long sweeps = 2L * 112 * 27 * 6, summaries = 4L * 27 * 27 * 6;
        Assert.That(cost.MultiplyAdds, Is.EqualTo((sweeps + summaries) * (8 * 8 + 8 * 8)));
    }

    [Test]
    public void Channels_that_are_no_multiple_of_four_are_restored_by_a_convolution()
    {
        Assert.That(RnnPool.InPlace(16, 2), Is.TypeOf<RnnPool>());
        Assert.That(RnnPool.InPlace(6, 2).States.Select(entry => entry.Name), Has.Member("1.weight"));
    }

    // What deviates by less than the root of its epsilon, a batch norm behind the pool cannot bring back to deviation 1.
    [TestCase(2)]
    [TestCase(4)]
    public void In_place_of_a_pool_its_start_passes_on_what_differs_between_the_pixels(int stride)
    {
        const int channels = 8;
        var map = new Shape(4, 8, 8, channels);
        double[] x = Draw.Normal(map.Count, 5);
        using Module start = RnnPool.InPlace(channels, stride), edgeMl = new RnnPool(channels, channels / 4, channels / 4, stride, stride, stride);
        double smallest = Math.Sqrt(1e-5);
        Assert.That(Deviation(start), Is.GreaterThan(smallest));
        Assert.That(Deviation(edgeMl), Is.Below(smallest));

        double Deviation(Module pool)
        {
            pool.Allocate(Devices.Cpu, DType.Float64, 7);
            double[][] pixels = [.. ModuleCheck.Run(pool, map, x).Chunk(channels)];
            return Enumerable.Range(0, channels).Average(channel =>
            {
                double mean = pixels.Average(pixel => pixel[channel]);
                return Math.Sqrt(pixels.Average(pixel => Math.Pow(pixel[channel] - mean, 2)));
            });
        }
    }

    private static RnnPool Create(int height, int width, int stride)
    {
        var pool = new RnnPool(Channels, Sweep, Summary, height, width, stride);
        pool.Allocate(Devices.Cpu, DType.Float64, 7);
        return pool;
    }

    // Horizontal sweep and its summary down and up, then vertical sweep and its summary right and left.
    private static IEnumerable<double> Patch(Module pool, Func<int, int, double[]> cell, int height, int width)
    {
        Dictionary<string, double[]> weights = pool.Parameters.ToDictionary(entry => entry.Name, entry => entry.Parameter.Value.ToDoubles());
        double[][] rows = [.. Enumerable.Range(0, height).Select(row => Last("cell_rnn", Sweep, Enumerable.Range(0, width).Select(column => cell(row, column))))];
        double[][] columns = [.. Enumerable.Range(0, width).Select(column => Last("cell_rnn", Sweep, Enumerable.Range(0, height).Select(row => cell(row, column))))];
        return new[] { rows, columns }.SelectMany(sweep => new[] { sweep, sweep.Reverse() }).SelectMany(sweep => Last("cell_bidirrnn", Summary, sweep));

        double[] Last(string name, int units, IEnumerable<double[]> sequence) => sequence.Aggregate(new double[units], (state, x) => [.. Enumerable.Range(0, units).Select(unit =>
        {
            double a = x.Select((value, index) => value * weights[$"{name}.W"][index * units + unit]).Sum()
                + state.Select((value, index) => value * weights[$"{name}.U"][index * units + unit]).Sum();
            double gate = 1 / (1 + Math.Exp(-a - weights[$"{name}.bias_gate"][unit]));
            return gate * state[unit] + (1 - gate) * Math.Tanh(a + weights[$"{name}.bias_update"][unit]);
        })]);
    }
}
