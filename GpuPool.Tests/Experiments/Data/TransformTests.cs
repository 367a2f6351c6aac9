using GpuPool.Experiments.Data;

namespace GpuPool.Tests.Experiments.Data;

public sealed class TransformTests
{
    private const int Draws = 20000;

    [Test]
    public void Crops_have_the_recipe_s_distribution()
    {
        const int width = 1200, height = 1000;
        Framing[] framings = Choose(new TrainingTransform(64, Normalisation.Half, MinimumScale: 0.2), width, height);
        // Extents are rounded to pixels, at most 1/2 in 388.
        Assert.That(framings.Select(Scale), Is.All.InRange(0.199, 1.0));
        Assert.That(framings.Select(LogRatio), Is.All.InRange(Math.Log(3 / 4.0) - 0.003, Math.Log(4 / 3.0) + 0.003));
        Assert.That(framings.All(f => f.Columns.Start >= 0 && f.Columns.Start + f.Columns.Extent <= width));
        Assert.That(framings.All(f => f.Rows.Start >= 0 && f.Rows.Start + f.Rows.Extent <= height));
        // Below 0.6 every ratio fits, so there the area is uniform and the logarithm of the ratio has mean 0. Bounds: five standard errors.
        Framing[] small = [.. framings.Where(f => Scale(f) < 0.6)];
        double error = 5 / Math.Sqrt(small.Length);
        Assert.That(small.Average(Scale), Is.EqualTo(0.4).Within(error * 0.4 / Math.Sqrt(12)));
        Assert.That(small.Average(LogRatio), Is.EqualTo(0).Within(error * 2 * Math.Log(4 / 3.0) / Math.Sqrt(12)));
        Assert.That(small.Average(f => (double)f.Columns.Start / (width - f.Columns.Extent)), Is.EqualTo(0.5).Within(error / Math.Sqrt(12)));
        Assert.That(small.Average(f => (double)f.Rows.Start / (height - f.Rows.Extent)), Is.EqualTo(0.5).Within(error / Math.Sqrt(12)));
        Assert.That(framings.Average(f => f.Flip ? 1.0 : 0), Is.EqualTo(0.5).Within(error / 2));

        static double Scale(Framing f) => (double)f.Columns.Extent * f.Rows.Extent / (width * height);
        static double LogRatio(Framing f) => Math.Log((double)f.Columns.Extent / f.Rows.Extent);
    }

    [TestCase(1000, 10, 493, 13, 0, 10)]
    [TestCase(10, 1000, 0, 10, 493, 13)]
    public void A_shape_that_no_crop_fits_gives_its_middle(int width, int height, int x, int cropWidth, int y, int cropHeight) =>
        Assert.That(Choose(new TrainingTransform(32, Normalisation.Half, MinimumScale: 0.5), width, height).Select(f => (f.Columns, f.Rows)).Distinct(),
            Is.EqualTo(new[] { (new AxisMap(x, cropWidth, 32), new AxisMap(y, cropHeight, 32)) }));

    [Test]
    public void A_single_pixel_is_cropped_to_itself() =>
        Assert.That(Choose(new TrainingTransform(4, Normalisation.Half), 1, 1).Select(f => f.Columns).Distinct(), Is.EqualTo(new[] { new AxisMap(0, 1, 4) }));

    [Test]
    public void Evaluation_takes_the_middle_square()
    {
        Assert.That(Middle(new EvaluationTransform(128, Normalisation.Half), 96, 96), Is.EqualTo((new AxisMap(0, 96, 128), new AxisMap(0, 96, 128))));
        Assert.That(Middle(new EvaluationTransform(100, Normalisation.Half), 333, 200),
            Is.EqualTo((new AxisMap(0, 333, 166, 33, 100), new AxisMap(0, 200, 100))));
        Assert.That(Middle(new EvaluationTransform(224, Normalisation.ImageNet) { ShorterSide = 256 }, 500, 1000),
            Is.EqualTo((new AxisMap(0, 500, 256, 16, 224), new AxisMap(0, 1000, 512, 144, 224))));

        static (AxisMap, AxisMap) Middle(ImageTransform transform, int width, int height)
        {
            RandomSequence random = default;
            Framing framing = transform.Choose(width, height, ref random);
            Assert.That(framing.Flip, Is.False);
            return (framing.Columns, framing.Rows);
        }
    }

    [Test]
    public void Half_maps_bytes_to_minus_one_to_one()
    {
        float[] target = new float[3];
        RandomSequence random = default;
        new EvaluationTransform(1, Normalisation.Half).Apply(new RgbImage([0, 255, 51], 1, 1), ref random, target);
        Assert.That(target, Is.EqualTo(new[] { -1f, 1f, -0.6f }).Within(1e-6));
    }

    private static Framing[] Choose(TrainingTransform transform, int width, int height) => [.. Enumerable.Range(0, Draws).Select(item =>
    {
        var random = new RandomSequence(1, 2, 3, (uint)item);
        return transform.Choose(width, height, ref random);
    })];
}
