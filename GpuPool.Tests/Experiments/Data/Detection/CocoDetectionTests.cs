using System.Text;
using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;

namespace GpuPool.Tests.Experiments.Data.Detection;

public sealed class CocoDetectionTests
{
    private const string Street4 = "person,bicycle,car,motorcycle";

    [Test]
    public void Training_keeps_the_pictures_and_boxes_that_mmdetection_keeps()
    {
        using var recorded = JsonDocument.Parse(File.ReadAllText(Shared.Require("golden/detection/pipeline/coco-mini-train.json")));
        IDetectionDataset train = DetectionSource.Parse($"coco:{Shared.Require("data/coco-mini")}").Open().Train;
        AnnotatedPicture[] pictures = [.. Enumerable.Range(0, train.Count).Select(train.Picture)];
        Assert.That(pictures.Select(picture => picture.Id), Is.EqualTo(recorded.RootElement.GetProperty("images_kept").EnumerateArray().Select(id => id.GetInt64())));
        // mmdetection has the crowds of a picture in a list of their own, without classes.
        IEnumerable<float[]> boxes = pictures.SelectMany(picture => picture.Objects.OrderBy(item => item.IsCrowd).Select(item => new[]
        {
            picture.Id, item.IsCrowd ? -1 : item.Label, item.Box.X1, item.Box.Y1, item.Box.X2, item.Box.Y2, item.IsCrowd ? 1 : 0,
        }));
        Assert.That(boxes, Is.EqualTo(recorded.RootElement.GetProperty("boxes").EnumerateArray().Select(row => row.EnumerateArray().Select(number => number.GetSingle()).ToArray())));
    }

    [Test]
    public void Tests_have_all_pictures_and_all_objects_of_the_classes()
    {
        IDetectionDataset test = DetectionSource.Parse($"coco:{Shared.Require("data/coco-mini")}").Open().Test;
        Assert.That((test.Name, test.Count), Is.EqualTo(("coco val", 193)));
        Assert.That(test.ClassNames, Is.EqualTo(ClassList.Street));
        Assert.That(Enumerable.Range(0, test.Count).Sum(i => test.Picture(i).Objects.Count), Is.EqualTo(597));
        using RgbImage image = test.Image(0);
        Assert.That((image.Width, image.Height), Is.EqualTo((400, 266)));
    }

    [Test]
    public void Classes_that_were_not_annotated_are_refused_with_those_that_were()
    {
        string folder = Shared.Require("data/coco-street4");
        Assert.That(() => DetectionSource.Parse($"coco:{folder}").Open(), Refused.With(ExitCode.Configuration).Message.EqualTo(
            $"{folder}/instances_train.json has no class 'bus', 'train', 'truck', 'traffic light'. Give --classes with those that it has, for example --classes \"{Street4}\"."));
        DetectionSplits splits = DetectionSource.Parse($"coco:{folder}").Open(ClassList.Parse(Street4), trainLimit: 8);
        Assert.That(Enumerable.Range(0, 8).Select(i => splits.Train.Picture(i).Id), Is.EqualTo(new long[] { 9801, 12818, 12946, 13230, 14388, 15451, 18214, 21711 }));
        Assert.That(Enumerable.Range(0, 8).Sum(i => splits.Train.Picture(i).Objects.Count(item => !item.IsCrowd)), Is.EqualTo(140));
        Assert.That(splits.Test.Count, Is.EqualTo(30));
    }

    [Test]
    public void Labels_are_in_the_order_of_the_list_and_all_categories_of_a_name_have_one()
    {
        using TemporaryFolder folder = Coco("""
            {"id":1,"image_id":1,"category_id":3,"bbox":[0,0,4,3]},{"id":2,"image_id":1,"category_id":5,"bbox":[1,1,2,2],"area":1.5,"iscrowd":1},{"id":3,"image_id":1,"category_id":9,"bbox":[0,0,1,1]}
            """);
        AnnotatedPicture picture = DetectionSource.Parse($"coco:{folder.Path}").Open(["dog", "cat"]).Test.Picture(0);
        Assert.That(picture.Objects.Select(item => (item.Label, item.Area, item.IsCrowd)), Is.EqualTo(new[] { (1, 12.0, false), (0, 1.5, true), (0, 1.0, false) }));
    }

    [TestCase("[-5,0,5,3]", 0)]
    [TestCase("[-5,0,5.5,3]", 1)]
    [TestCase("[40,0,5,3]", 0)]
    [TestCase("[0,0,0.9,3]", 0)]
    [TestCase("[0,0,3,0.9]", 0)]
    [TestCase("[0,0,1,1],\"area\":0", 0)]
    [TestCase("[0,0,1,1],\"ignore\":1", 0)]
    [TestCase("[0,0,1,1],\"ignore\":true", 0)]
    [TestCase("[0,0,1,1],\"ignore\":0", 1)]
    [TestCase("[30,30,100,100]", 1)]
    public void A_box_outside_or_too_small_is_not_learnt_but_its_picture_is(string box, int learnt)
    {
        using TemporaryFolder folder = Coco($$"""{"id":1,"image_id":1,"category_id":3,"bbox":{{box}}}""");
        DetectionSplits splits = DetectionSource.Parse($"coco:{folder.Path}").Open(["cat"]);
        Assert.That(splits.Train.Picture(0).Objects, Has.Count.EqualTo(learnt));
        Assert.That(splits.Test.Picture(0).Objects, Has.Count.EqualTo(1));
    }

    [TestCase(32, 1)]
    [TestCase(31, 0)]
    public void A_small_picture_is_not_learnt(int side, int count)
    {
        using TemporaryFolder folder = Coco("""{"id":1,"image_id":1,"category_id":3,"bbox":[0,0,4,3]}""", side);
        DetectionSplits splits = DetectionSource.Parse($"coco:{folder.Path}").Open(["cat"]);
        Assert.That((splits.Train.Count, splits.Test.Count), Is.EqualTo((count, 1)));
    }

    [Test]
    public void A_picture_of_another_size_than_its_annotation_says_is_corrupt()
    {
        using TemporaryFolder folder = Coco("""{"id":1,"image_id":1,"category_id":3,"bbox":[0,0,4,3]}""");
        string path = folder.Write("images/1.png", Pictures.Encode(Pictures.Noise(40, 41, seed: 1)));
        IDetectionDataset train = DetectionSource.Parse($"coco:{folder.Path}").Open(["cat"]).Train;
        Assert.That(() => train.Image(0), Refused.With(ExitCode.DataCorrupt).Message.Contains($"{path} is 40 x 41, where its annotation says 40 x 40"));
    }

    [TestCase("cat,,dog")]
    [TestCase("")]
    [TestCase("cat, cat")]
    public void A_list_with_gaps_or_a_name_twice_is_refused(string list) =>
        Assert.That(() => ClassList.Parse(list), Refused.With(ExitCode.Configuration).Message.Contains("Give names with commas between them"));

    [Test]
    public void Where_no_class_is_known_all_that_there_are_are_named()
    {
        using TemporaryFolder folder = Coco("");
        Assert.That(() => DetectionSource.Parse($"coco:{folder.Path}").Open(["horse"]), Refused.With(ExitCode.Configuration).Message.EndsWith(
            "has no class 'horse'. It has cat, dog: give --classes with some of them."));
    }

    [Test]
    public void A_folder_that_is_not_there_is_said_to_be_missing() =>
        Assert.That(() => DetectionSource.Parse("coco:/nowhere").Open(), Refused.With(ExitCode.DataMissing).Message.Contains("/nowhere does not exist"));

    [Test]
    public void A_limit_below_one_is_refused()
    {
        using TemporaryFolder folder = Coco("");
        Assert.That(() => DetectionSource.Parse($"coco:{folder.Path}").Open(["cat"], testLimit: 0), Refused.With(ExitCode.Configuration).Message.Contains("a limit of 0"));
    }

    private static TemporaryFolder Coco(string annotations, int side = 40)
    {
        var folder = new TemporaryFolder();
        byte[] file = Encoding.UTF8.GetBytes($$"""
            {"images":[{"id":1,"file_name":"1.png","width":{{side}},"height":{{side}}}],"annotations":[{{annotations}}],
             "categories":[{"id":3,"name":"cat"},{"id":5,"name":"dog"},{"id":9,"name":"dog"}]}
            """);
        foreach (string split in new[] { "train", "val" })
            folder.Write($"instances_{split}.json", file);
        folder.Write("images/1.png", Pictures.Encode(Pictures.Noise(side, side, seed: 1)));
        return folder;
    }
}
