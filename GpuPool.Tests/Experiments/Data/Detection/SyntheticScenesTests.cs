using System.Security.Cryptography;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Tests.Experiments.Data.Detection;

public sealed class SyntheticScenesTests
{
    private static readonly IDetectionDataset Train = DetectionSource.Synthetic.Open().Train;

    [Test]
    public void The_bytes_are_the_same_everywhere()
    {
        using RgbImage image = Train.Image(3);
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(image.Pixels)), Does.StartWith("77bb613062c6bdd93c8d61f92c7951e8"));
    }

    [Test]
    public void Objects_of_each_size_and_class_lie_apart_and_within_their_picture()
    {
        int[] sizes = new int[3], classes = new int[3];
        foreach (AnnotatedPicture picture in Enumerable.Range(0, 200).Select(Train.Picture))
        {
            Assert.That(picture.Objects, Has.Count.InRange(2, 5));
            foreach ((AnnotatedObject item, int index) in picture.Objects.Select((item, index) => (item, index)))
            {
                Assert.That(item.Box.ClippedTo(320, 320), Is.EqualTo(item.Box));
                Assert.That(item.Area, Is.EqualTo(item.Box.Area));
                Assert.That(picture.Objects.Take(index).Select(other => Overlap.Intersection(other.Box, item.Box)), Is.All.Zero);
                sizes[item.Area < 1024 ? 0 : item.Area <= 9216 ? 1 : 2]++;
                classes[item.Label]++;
            }
        }
        Assert.That(sizes, Is.All.GreaterThan(100));
        Assert.That(classes, Is.All.GreaterThan(200));
    }

    [Test]
    public void A_box_is_as_large_as_what_it_holds([Range(0, 2)] int kind)
    {
        foreach ((int width, int height) in new[] { (16, 31), (31, 16), (150, 100) })
        {
            var shape = new SyntheticScene.Shape(kind, 0, 0, width, height);
            bool[] rows = [.. Enumerable.Range(0, shape.Height).Select(y => Enumerable.Range(0, shape.Width).Any(x => shape.Covers(x, y)))];
            bool[] columns = [.. Enumerable.Range(0, shape.Width).Select(x => Enumerable.Range(0, shape.Height).Any(y => shape.Covers(x, y)))];
            Assert.That(rows.Concat(columns), Is.All.True, $"{shape}");
        }
    }

    [Test]
    public void Training_and_test_pictures_differ_and_are_drawn_alike_each_time()
    {
        DetectionSplits again = SyntheticScenes.Open();
        Assert.That((again.Train.Count, again.Test.Count), Is.EqualTo((2000, 500)));
        Assert.That(again.Train.Image(0).Pixels.SequenceEqual(Train.Image(0).Pixels));
        Assert.That(again.Test.Image(0).Pixels.SequenceEqual(Train.Image(0).Pixels), Is.False);
        Assert.That(again.Train.Picture(0).Objects, Is.EqualTo(Train.Picture(0).Objects));
    }

    [Test]
    public void Of_some_classes_only_the_boxes_of_these_are_given()
    {
        IDetectionDataset some = SyntheticScenes.Open(["triangle"]).Train;
        Assert.That(Enumerable.Range(0, 50).Sum(i => some.Picture(i).Objects.Count), Is.EqualTo(
            Enumerable.Range(0, 50).Sum(i => Train.Picture(i).Objects.Count(item => Train.ClassNames[item.Label] == "triangle"))));
        Assert.That(() => SyntheticScenes.Open(["person"]), Refused.With(ExitCode.Configuration).Message.EqualTo(
            "the generated set has no class 'person'. It has disc, square, triangle: give --classes with some of them."));
    }

    [TestCase("coco", "'coco' is not a source of pictures with boxes. Known are synthetic, coco:DIR, voc:DIR.")]
    [TestCase("folder:x", "'folder:x' has a class of each picture, and no boxes for a detector. Known are synthetic, coco:DIR, voc:DIR.")]
    [TestCase("synthetic:x", "'synthetic:x' is not a source of pictures with boxes. Known are synthetic, coco:DIR, voc:DIR.")]
    public void Other_sources_are_refused_with_the_known_ones(string text, string message) =>
        Assert.That(() => DetectionSource.Parse(text), Refused.With(ExitCode.Configuration).Message.EqualTo(message));

    [TestCase("synthetic")]
    [TestCase("coco:a b")]
    [TestCase("voc:/x:y")]
    public void A_source_is_written_as_it_was_read(string text) => Assert.That(DetectionSource.Parse(text).ToString(), Is.EqualTo(text));
}
