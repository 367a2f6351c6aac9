using GpuPool.Experiments;
using GpuPool.Experiments.Data;

namespace GpuPool.Tests.Experiments.Data;

public sealed class DistanceDatasetTests
{
    private const int Count = 2000;

    [Test]
    public void A_class_is_how_the_squares_lie_to_each_other([Values(4, 12, 28)] int distance)
    {
        DatasetSplits splits = DistanceDataset.Open(distance);
        for (int index = 0; index < 200; index++)
        {
            ((int X, int Y) red, (int X, int Y) blue) = Squares(splits.Train.Image(index));
            Assert.That(blue.Y - red.Y, Is.EqualTo(distance).Within(1), $"picture {index}");
            Assert.That(Math.Abs(blue.X - red.X), Is.EqualTo(6 * splits.Train.Label(index)).Within(1), $"picture {index}");
        }
    }

    [Test]
    public void Neither_square_tells_the_class_by_its_place()
    {
        IDataset train = DistanceDataset.Open(12).Train;
        double[,] sums = new double[2, 4], squares = new double[2, 4];
        for (int index = 0; index < Count; index++)
        {
            ((int X, int Y) red, (int X, int Y) blue) = Squares(train.Image(index));
            foreach ((int place, int value) in new[] { red.X, red.Y, blue.X, blue.Y }.Index())
            {
                sums[train.Label(index), place] += value;
                squares[train.Label(index), place] += value * value;
            }
        }
        for (int place = 0; place < 4; place++)
        {
            // Means of 1,000 pictures with deviations of some 8 pixels: their difference has an error of 0.36.
            Assert.That(sums[0, place] / (Count / 2), Is.EqualTo(sums[1, place] / (Count / 2)).Within(4 * 0.36));
            Assert.That(squares[0, place], Is.EqualTo(squares[1, place]).Within(0.15 * squares[0, place]));
        }
    }

    [Test]
    public void Pictures_are_the_same_each_time_and_other_ones_in_each_split_and_distance()
    {
        byte[] Pixels(int distance, bool test) => (test ? DistanceDataset.Open(distance).Test : DistanceDataset.Open(distance).Train).Image(7).Pixels.ToArray();
        byte[] first = Pixels(8, false);
        Assert.That(Pixels(8, false), Is.EqualTo(first));
        Assert.That(first, Is.Not.EqualTo(Pixels(8, true)).And.Not.EqualTo(Pixels(9, false)));
    }

    [TestCase("distance:3", "there are no pictures with a distance of 3 pixels")]
    [TestCase("distance:29", "there are no pictures with a distance of 29 pixels")]
    [TestCase("distance:far", "'distance:far' does not say a number of pixels")]
    public void A_distance_that_no_picture_has_is_refused(string source, string cause)
    {
        GpuPoolException refused = Assert.Throws<GpuPoolException>(() => DatasetSource.Parse(source).Open())!;
        Assert.That((refused.Code, refused.Cause), Is.EqualTo((ExitCode.Configuration, cause)));
    }

    // The middle of the pixels that are much redder, or bluer, than the others.
    private static ((int X, int Y) Red, (int X, int Y) Blue) Squares(RgbImage image)
    {
        int[] redness = [.. Enumerable.Range(0, image.Width * image.Height).Select(pixel => image.Pixels[3 * pixel] - image.Pixels[3 * pixel + 2])];
        return (Middle(redness), Middle([.. redness.Select(value => -value)]));

        (int, int) Middle(int[] values)
        {
            // Of all 4 x 4 blocks the one with the largest sum.
            (int Sum, int X, int Y) best = (int.MinValue, 0, 0);
            for (int y = 0; y + 4 <= image.Height; y++)
            {
                for (int x = 0; x + 4 <= image.Width; x++)
                {
                    int sum = 0;
                    for (int row = 0; row < 4; row++)
                        for (int column = 0; column < 4; column++)
                            sum += values[(y + row) * image.Width + x + column];
                    best = sum > best.Sum ? (sum, x, y) : best;
                }
            }
            return (best.X, best.Y);
        }
    }
}
