using System.Text;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using SkiaSharp;

namespace GpuPool.Tests.Experiments.Data.Detection;

public sealed class VocDetectionTests
{
    private const string Cat = "<object><name>cat</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>40</xmax><ymax>30.5</ymax></bndbox></object>";
    private const string Dog = "<object><name>dog</name><part><name>head</name><bndbox/></part><bndbox><xmax>3</xmax><xmin>1</xmin><ymin>1</ymin><ymax>1</ymax></bndbox></object>";

    [Test]
    public void Corners_are_of_pixels_counted_from_1()
    {
        using TemporaryFolder folder = Voc(Xml(Cat + Dog));
        DetectionSplits splits = DetectionSource.Parse($"voc:{folder.Path}").Open();
        Assert.That((splits.Train.Name, splits.Test.Name), Is.EqualTo(("voc train", "voc val")));
        Assert.That(splits.Train.ClassNames, Is.EqualTo(new[] { "cat", "dog" }));
        AnnotatedPicture picture = splits.Train.Picture(0);
        Assert.That((picture.Id, picture.FileName, picture.Width, picture.Height), Is.EqualTo((1, "2007_000027.jpg", 40, 36)));
        Assert.That(picture.Objects.Select(item => (item.Label, item.Box, item.Area, item.IsDifficult)), Is.EqualTo(new[]
        {
            (0, new Box(0, 1, 40, 30.5f), 40 * 29.5, true), (1, new Box(0, 0, 3, 1), 3.0, false),
        }));
        using RgbImage image = splits.Train.Image(0);
        Assert.That(image.Width, Is.EqualTo(40));
        Assert.That(Scene.Of(picture).Objects.Select(item => item.Label), Is.EqualTo(new[] { 1 }), "nothing is learnt from what is difficult");
    }

    [Test]
    public void Where_there_is_a_test_list_all_others_are_learnt()
    {
        using TemporaryFolder folder = Voc(Xml(Cat));
        foreach (string list in new[] { "trainval", "test" })
            folder.Write($"ImageSets/Main/{list}.txt", "2007_000027\r\n\n"u8.ToArray());
        DetectionSplits splits = DetectionSource.Parse($"voc:{folder.Path}").Open(["cat"]);
        Assert.That((splits.Train.Name, splits.Test.Name), Is.EqualTo(("voc trainval", "voc test")));
    }

    [Test]
    public void A_picture_without_a_wanted_class_is_tested_on_and_not_learnt()
    {
        using TemporaryFolder folder = Voc(Xml(Cat));
        folder.Write("Annotations/b.xml", Encoding.UTF8.GetBytes(Xml(Dog)));
        foreach (string list in new[] { "train", "val" })
            folder.Write($"ImageSets/Main/{list}.txt", "2007_000027\nb\n"u8.ToArray());
        DetectionSplits splits = DetectionSource.Parse($"voc:{folder.Path}").Open(["dog"]);
        Assert.That((splits.Train.Count, splits.Test.Count, splits.Train.Picture(0).Id), Is.EqualTo((1, 2, 2)));
        Assert.That(splits.Test.Picture(0).Objects, Is.Empty);
        Assert.That(() => DetectionSource.Parse($"voc:{folder.Path}").Open(["dog", "cow"]), Refused.With(ExitCode.Configuration)
            .Message.Contains("train.txt has no class 'cow'. Give --classes with those that it has, for example --classes \"dog\"."));
    }

    [TestCase("<!DOCTYPE a [<!ENTITY b 'c'>]>", "", "has a document type, which is not read")]
    [TestCase("", "<object>\n<name>cat</name></object>", "in line 3 has no 'bndbox' in 'object'")]
    [TestCase("", "<object><name> </name></object>", "in line 3 has an object without a name")]
    [TestCase("", "<object><name>cat</name><bndbox><xmin>2</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax></bndbox></object>", "whose corners are exchanged")]
    [TestCase("", "<object><name>cat</name><bndbox><xmin>NaN</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax></bndbox></object>", "must have a number of at most 65536 as xmin")]
    [TestCase("", "<object><name>cat</name><bndbox><xmin>1e9</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax></bndbox></object>", "must have a number of at most 65536 as xmin")]
    [TestCase("", "<object>", "in line 3 is not XML from here on")]
    [TestCase("", "&b;", "is not XML from here on")]
    public void A_wrong_annotation_is_corrupt_with_its_line(string before, string objects, string part)
    {
        using TemporaryFolder folder = Voc(before + Xml(objects));
        Assert.That(() => DetectionSource.Parse($"voc:{folder.Path}").Open(), Refused.With(ExitCode.DataCorrupt)
            .Message.Contains("2007_000027.xml").And.Message.Contains(part));
    }

    [TestCase("", "names no picture")]
    [TestCase("2007_000027\n../b\n", "byte 12: the line is not the name of a picture")]
    [TestCase("2007_000028", "byte 0: '2007_000028' has no annotation")]
    [TestCase("2007_000027\n2007_000027", "byte 12: '2007_000027' is there twice")]
    public void A_wrong_list_is_corrupt_with_its_place(string list, string part)
    {
        using TemporaryFolder folder = Voc(Xml(Cat));
        folder.Write("ImageSets/Main/train.txt", Encoding.UTF8.GetBytes(list));
        Assert.That(() => DetectionSource.Parse($"voc:{folder.Path}").Open(), Refused.With(ExitCode.DataCorrupt).Message.Contains("train.txt").And.Message.Contains(part));
    }

    [Test]
    public void What_is_not_there_is_said()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => DetectionSource.Parse($"voc:{folder.Path}").Open(), Refused.With(ExitCode.DataMissing).Message.Contains("train.txt does not exist"));
    }

    private static string Xml(string objects) => $"<annotation><size><width>40</width><height>36</height><depth>3</depth></size>\n<segmented>0</segmented>\n{objects}</annotation>";

    private static TemporaryFolder Voc(string xml)
    {
        var folder = new TemporaryFolder();
        folder.Write("Annotations/2007_000027.xml", Encoding.UTF8.GetBytes(xml));
        folder.Write("JPEGImages/2007_000027.jpg", Pictures.Encode(Pictures.Noise(40, 36, seed: 1), SKEncodedImageFormat.Jpeg));
        foreach (string list in new[] { "train", "val" })
            folder.Write($"ImageSets/Main/{list}.txt", "2007_000027\n"u8.ToArray());
        return folder;
    }
}
