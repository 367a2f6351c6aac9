using GpuPool.Experiments.Data;

namespace GpuPool.Tests.Experiments.Data;

public sealed class ResamplerTests
{
    // Sums of some hundred float32 products of numbers up to 1, and weights rounded to float32.
    private const double Tolerance = 2e-6;

    private static readonly Normalisation Plain = new(0, 0, 0, 1, 1, 1);

    private static readonly TestCaseData[] Framings =
    [
        new(24, 24, new AxisMap(0, 24, 24), new AxisMap(0, 24, 24), false),
        new(36, 30, new AxisMap(3, 21, 64), new AxisMap(9, 21, 64), true),
        new(61, 47, new AxisMap(7, 54, 13), new AxisMap(0, 46, 17), false),
        new(61, 47, new AxisMap(7, 54, 13), new AxisMap(0, 46, 17), true),
        new(40, 200, new AxisMap(0, 40, 16), new AxisMap(0, 200, 80, 32, 16), false),
        new(33, 9, new AxisMap(20, 1, 8), new AxisMap(8, 1, 8), true),
        new(1, 1, new AxisMap(0, 1, 5), new AxisMap(0, 1, 5), false),
        new(500, 3, new AxisMap(0, 500, 1), new AxisMap(0, 3, 1), false),
    ];

    [TestCaseSource(nameof(Framings))]
    public void Equals_the_weighted_mean_over_all_pixels(int width, int height, object columns, object rows, bool flip)
    {
        RgbImage image = Pictures.Noise(width, height, seed: 1);
        var framing = new Framing((AxisMap)columns, (AxisMap)rows, flip);
        float[] actual = Sample(image, framing, Normalisation.ImageNet);
        double[] expected = Oracle(image, framing, Normalisation.ImageNet);
        // ImageNet's colours reach 2.6.
        for (int i = 0; i < expected.Length; i++)
            Assert.That(actual[i], Is.EqualTo(expected[i]).Within(3 * Tolerance), $"value {i}");
    }

    [Test]
    public void Halving_weighs_as_Pillow_does()
    {
        // Pillow: Image.fromarray([0, 70, 140, 210]).resize((2, 1), BILINEAR): weights 3/7, 3/7, 1/7 about each centre.
        var image = new RgbImage([0, 0, 0, 70, 70, 70, 140, 140, 140, 210, 210, 210], 4, 1);
        float[] y = Sample(image, new Framing(new AxisMap(0, 4, 2), new AxisMap(0, 1, 1), false), Plain);
        Assert.That(y[0] * 255, Is.EqualTo(50).Within(1e-4));
        Assert.That(y[3] * 255, Is.EqualTo(160).Within(1e-4));
    }

    [Test]
    public void Doubling_weighs_as_bilinear_interpolation_does()
    {
        var image = new RgbImage([0, 0, 0, 100, 100, 100], 2, 1);
        float[] y = Sample(image, new Framing(new AxisMap(0, 2, 4), new AxisMap(0, 1, 1), false), Plain);
        Assert.That(new[] { y[0], y[3], y[6], y[9] }.Select(value => value * 255), Is.EqualTo(new[] { 0.0, 25, 75, 100 }).Within(1e-4));
    }

    [Test]
    public void The_same_size_keeps_every_byte_and_a_flip_turns_every_row()
    {
        RgbImage image = Pictures.Noise(19, 19, seed: 2);
        var whole = new AxisMap(0, 19, 19);
        float[] straight = Sample(image, new Framing(whole, whole, false), Plain), flipped = Sample(image, new Framing(whole, whole, true), Plain);
        for (int i = 0; i < straight.Length; i++)
            Assert.That(straight[i], Is.EqualTo(image.Pixels[i] / 255f).Within(1e-7));
        for (int y = 0; y < 19; y++)
            Assert.That(flipped.Skip(57 * y).Take(57).Chunk(3).Reverse().SelectMany(pixel => pixel), Is.EqualTo(straight.Skip(57 * y).Take(57)));
    }

    [Test]
    public void Nothing_outside_the_target_is_written()
    {
        float[] target = [.. Enumerable.Repeat(7f, 3 * 25 + 2)];
        var five = new AxisMap(0, 8, 5);
        Resampler.Sample(Pictures.Noise(8, 8, seed: 3), new Framing(five, five, true), Plain, target.AsSpan(1, 75));
        Assert.That((target[0], target[^1]), Is.EqualTo((7f, 7f)));
    }

    private static float[] Sample(RgbImage image, Framing framing, Normalisation normalisation)
    {
        float[] target = new float[3 * framing.Columns.Count * framing.Rows.Count];
        Resampler.Sample(image, framing, normalisation, target);
        return target;
    }

    // The equation, with no separation of the axes, in double.
    private static double[] Oracle(RgbImage image, Framing framing, Normalisation n)
    {
        double[] mean = [n.MeanRed, n.MeanGreen, n.MeanBlue], deviation = [n.DeviationRed, n.DeviationGreen, n.DeviationBlue];
        (AxisMap columns, AxisMap rows, bool flip) = framing;
        double[] result = new double[3 * columns.Count * rows.Count];
        for (int i = 0; i < result.Length; i++)
        {
            int channel = i % 3, x = i / 3 % columns.Count, y = i / 3 / columns.Count;
            double sum = 0, weights = 0;
            for (int v = rows.Start; v < rows.Start + rows.Extent; v++)
                for (int u = columns.Start; u < columns.Start + columns.Extent; u++)
                {
                    double weight = Weight(columns, flip ? columns.Count - 1 - x : x, u) * Weight(rows, y, v);
                    sum += weight * image.Row(v)[3 * u + channel];
                    weights += weight;
                }
            result[i] = (sum / weights / 255 - mean[channel]) / deviation[channel];
        }
        return result;
    }

    private static double Weight(AxisMap axis, int output, int pixel)
    {
        double scale = (double)axis.Extent / axis.Outputs;
        return Math.Max(0, 1 - Math.Abs(pixel + 0.5 - axis.Start - (axis.First + output + 0.5) * scale) / Math.Max(1, scale));
    }
}
