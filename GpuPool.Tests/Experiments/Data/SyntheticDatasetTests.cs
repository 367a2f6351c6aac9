using System.Security.Cryptography;
using GpuPool.Experiments.Data;

namespace GpuPool.Tests.Experiments.Data;

public sealed class SyntheticDatasetTests
{
    [Test]
    public void The_pictures_are_those_of_every_machine()
    {
        var dataset = SyntheticDataset.Train();
        byte[] bytes = [.. Enumerable.Range(0, 20).SelectMany(i => dataset.Image(i).Pixels.ToArray())];
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(bytes))[..16], Is.EqualTo("98a607ba6c7ea745"));
    }

    [Test]
    public void Splits_are_balanced_and_differ()
    {
        DatasetSplits splits = DatasetSource.Synthetic.Open();
        foreach (IDataset dataset in new[] { splits.Train, splits.Test })
        {
            int[] perClass = [.. Enumerable.Range(0, dataset.Count).CountBy(dataset.Label).Select(pair => pair.Value)];
            Assert.That(perClass, Is.EqualTo(Enumerable.Repeat(dataset.Count / 10, 10)));
        }
        Assert.That(splits.Train.Image(3).Pixels.ToArray(), Is.Not.EqualTo(splits.Test.Image(3).Pixels.ToArray()));
        Assert.That(splits.Train.Image(3).Pixels.ToArray(), Is.Not.EqualTo(splits.Train.Image(13).Pixels.ToArray()));
    }

    [Test]
    public void Every_pair_of_neighbours_in_both_orders_is_a_class()
    {
        string[] names = [.. SyntheticDataset.Train().ClassNames];
        Assert.That(names, Is.Unique.And.Length.EqualTo(10));
        Assert.That(names.Select(name => string.Join(" above ", name.Split(" above ").Reverse())), Is.EquivalentTo(names), "turned upside down");
        foreach (string texture in new[] { "rows", "columns", "slants", "checks", "dots" })
            Assert.That(names.Count(name => name.StartsWith(texture, StringComparison.Ordinal)), Is.EqualTo(2), texture);
    }

    [TestCase(0, "rows above columns", -1)]
    [TestCase(5, "columns above rows", 1)]
    public void The_class_shows_in_where_the_textures_lie(int label, string name, int sign)
    {
        // Stripes along a row change the brightness from row to row, and the other way round.
        var dataset = SyntheticDataset.Train();
        Assert.That(dataset.ClassNames[label], Is.EqualTo(name));
        for (int picture = label; picture < 500; picture += 10)
        {
            double rows = MeanHeightOfChange(dataset.Image(picture), 3 * SyntheticDataset.Side), columns = MeanHeightOfChange(dataset.Image(picture), 3);
            Assert.That(Math.Sign(rows - columns), Is.EqualTo(sign), $"picture {picture}");
        }
    }

    // Mean y, weighted by the squared difference between a byte and the one so many bytes on.
    private static double MeanHeightOfChange(RgbImage image, int step)
    {
        double weighted = 0, sum = 0;
        for (int i = 0; i + step < image.Pixels.Length; i++)
        {
            double change = Math.Pow(image.Pixels[i + step] - image.Pixels[i], 2);
            weighted += change * (i / (3 * image.Width));
            sum += change;
        }
        return weighted / sum;
    }
}
