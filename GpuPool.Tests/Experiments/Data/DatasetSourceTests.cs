using GpuPool.Experiments;
using GpuPool.Experiments.Data;

namespace GpuPool.Tests.Experiments.Data;

public sealed class DatasetSourceTests
{
    [TestCase("synthetic")]
    [TestCase("stl10:/data/stl10")]
    [TestCase("folder:C:\\data\\imagenet")]
    [TestCase("vww:coco")]
    [TestCase("shards:/data/imagenet")]
    public void The_written_form_goes_both_ways(string text) => Assert.That(DatasetSource.Parse(text).ToString(), Is.EqualTo(text));

    [TestCase("", "'' is not a source of training data. Known are synthetic, stl10:DIR, folder:DIR, vww:DIR, shards:DIR, distance:PIXELS.")]
    [TestCase("synthetic:", "'synthetic:' is not a source of training data. Known are synthetic, stl10:DIR, folder:DIR, vww:DIR, shards:DIR, distance:PIXELS.")]
    [TestCase("stl10", "'stl10' is not a source of training data. Known are synthetic, stl10:DIR, folder:DIR, vww:DIR, shards:DIR, distance:PIXELS.")]
    [TestCase("cifar:x", "'cifar:x' is not a source of training data. Known are synthetic, stl10:DIR, folder:DIR, vww:DIR, shards:DIR, distance:PIXELS.")]
    [TestCase("vww:", "'vww:' is not a source of training data. Known are synthetic, stl10:DIR, folder:DIR, vww:DIR, shards:DIR, distance:PIXELS.")]
    [TestCase("coco:x", "'coco:x' has boxes for a detector, and no class of each picture. Known are synthetic, stl10:DIR, folder:DIR, vww:DIR, shards:DIR, distance:PIXELS.")]
    public void Another_word_is_refused_with_the_known_ones(string text, string message) =>
        Assert.That(() => DatasetSource.Parse(text), Refused.With(ExitCode.Configuration).Message.EqualTo(message));

    [TestCase(10, 1, 1)]
    [TestCase(23, 2, 3)]
    [TestCase(999, 99, 100)]
    public void A_limit_takes_as_many_of_each_class(int limit, int least, int most)
    {
        DatasetSplits splits = DatasetSource.Synthetic.Open(limit);
        int[] perClass = [.. Enumerable.Range(0, splits.Train.Count).CountBy(splits.Train.Label).Select(pair => pair.Value)];
        Assert.That((splits.Train.Count, perClass.Length, perClass.Min(), perClass.Max()), Is.EqualTo((limit, 10, least, most)));
        Assert.That(splits.Test.Count, Is.EqualTo(SyntheticDataset.Test().Count));
    }

    [Test]
    public void A_limit_takes_the_first_of_each_class_in_their_order()
    {
        var whole = new Labels(0, 0, 0, 1, 0, 1, 2);
        Assert.That(Shown(Subset.Balanced(whole, 3)), Is.EqualTo(new[] { 0, 3, 6 }));
        Assert.That(Shown(Subset.Balanced(whole, 4)), Is.EqualTo(new[] { 0, 1, 3, 6 }));
        Assert.That(Shown(Subset.Balanced(whole, 6)), Is.EqualTo(new[] { 0, 1, 2, 3, 5, 6 }), "a class that runs out leaves its place to the others");
        Assert.That(Subset.Balanced(whole, 7), Is.SameAs(whole));
        Assert.That(Enumerable.Range(0, 3).Select(Subset.Balanced(whole, 3).Label), Is.EqualTo(new[] { 0, 1, 2 }));

        static int[] Shown(IDataset dataset) => [.. Enumerable.Range(0, dataset.Count).Select(i => (int)dataset.Image(i).Pixels[0])];
    }

    [Test]
    public void A_limit_below_one_is_refused() =>
        Assert.That(() => DatasetSource.Synthetic.Open(0),
            Refused.With(ExitCode.Configuration).Message.EqualTo("a limit of 0 leaves no picture of synthetic train. Give a limit of at least 1."));

    // Picture i shows the number i.
    private sealed class Labels(params int[] labels) : IDataset
    {
        public string Name => "labels";

        public IReadOnlyList<string> ClassNames => ["a", "b", "c"];

        public int Count => labels.Length;

        public int Label(int index) => labels[index];

        public RgbImage Image(int index) => new([(byte)index, 0, 0], 1, 1);
    }
}
