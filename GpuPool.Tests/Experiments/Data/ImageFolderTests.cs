using GpuPool.Experiments;
using GpuPool.Experiments.Data;

namespace GpuPool.Tests.Experiments.Data;

public sealed class ImageFolderTests
{
    private static readonly byte[] Png = Pictures.Encode(Pictures.Noise(4, 3, seed: 1));

    [Test]
    public void Classes_and_files_are_in_ordinal_order()
    {
        using TemporaryFolder folder = Tree("train/b/2.png", "train/b/10.JPG", "train/B/x.png", "train/a/x.png", "val/a/1.png", "val/b/1.png", "val/B/1.png");
        folder.Write("train/a/notes.txt", [1]);
        folder.Write("train/a/.hidden.png", [1]);
        folder.Write("train/.cache/x.png", [1]);
        DatasetSplits splits = ImageFolder.Open(folder.Path);
        Assert.That(splits.Train.ClassNames, Is.EqualTo(new[] { "B", "a", "b" }));
        Assert.That(Enumerable.Range(0, splits.Train.Count).Select(splits.Train.Label), Is.EqualTo(new[] { 0, 1, 2, 2 }));
        Assert.That((splits.Train.Name, splits.Test.Name, splits.Test.Count), Is.EqualTo(("folder train", "folder val", 3)));
        Assert.That(splits.Test.Image(2).Width, Is.EqualTo(4));
    }

    [Test]
    public void Files_that_are_left_out_are_named_when_the_set_is_verified()
    {
        using TemporaryFolder folder = Tree("train/a/1.png", "val/a/1.png");
        foreach (string name in new[] { "1.tif", "2.jfif", "3.jfif", "4.JFIF", "5.jfif", ".hidden.tif" })
            folder.Write($"train/a/{name}", Png);
        folder.Write("train/a/inner/1.png", Png);
        folder.Write("train/a/.cache/1.png", Png);
        var verification = Verification.Of($"folder:{folder.Path}", static _ => { });
        verification.Run(CancellationToken.None);
        Assert.That((verification.Pictures, verification.Faults.Count), Is.EqualTo((2, 0)));
        Assert.That(verification.LeftOut.Select(fault => fault.What), Is.EqualTo(new[]
        {
            "left out, since '.tif' is not the end of a picture's name: 1.tif",
            "left out, since '.jfif' is not the end of a picture's name: 2.jfif, 3.jfif, 4.JFIF and 1 more",
            "left out, since pictures of a class lie in its folder and not below it: inner",
        }));
        Assert.That(verification.LeftOut.Select(fault => fault.File), Is.All.EqualTo(Path.Combine(folder.Path, "train", "a")));
    }

    [Test]
    public void The_second_split_may_be_called_test()
    {
        using TemporaryFolder folder = Tree("train/a/1.png", "test/a/1.png");
        Assert.That(ImageFolder.Open(folder.Path).Test.Name, Is.EqualTo("folder test"));
    }

    [Test]
    public void A_picture_is_decoded_once()
    {
        using TemporaryFolder folder = Tree("train/a/1.png", "val/a/1.png");
        IDataset train = ImageFolder.Open(folder.Path).Train;
        RgbImage first = train.Image(0);
        File.Delete(Path.Combine(folder.Path, "train/a/1.png"));
        Assert.That(train.Image(0), Is.SameAs(first));
    }

    [Test]
    public void The_cache_keeps_what_came_first_up_to_its_bytes()
    {
        using TemporaryFolder folder = Tree("1.png", "2.png", "3.png");
        var cache = new ImageCache(capacityBytes: 2 * 36 + 35, DecoderChoice.Skia);
        RgbImage[] Round() => [.. new[] { "1.png", "2.png", "3.png" }.Select(name => cache.Get(Path.Combine(folder.Path, name)))];
        RgbImage[] first = Round(), second = Round();
        Assert.That(first.Zip(second, ReferenceEquals), Is.EqualTo(new[] { true, true, false }));
    }

    [Test]
    public void A_damaged_picture_is_named_when_it_is_read()
    {
        using TemporaryFolder folder = Tree("train/a/1.png", "val/a/1.png");
        folder.Write("train/a/2.png", Png[..50]);
        DatasetSplits splits = ImageFolder.Open(folder.Path);
        Assert.That(() => splits.Train.Image(1), Refused.With(ExitCode.DataCorrupt).Message.Contains(Path.Combine("train", "a", "2.png")));
    }

    [Test]
    public void What_is_not_there_is_said()
    {
        using TemporaryFolder folder = Tree("train/a/1.png", "train/b/1.png", "val/a/1.png");
        AssertError(folder, ExitCode.DataMissing, $"{Path.Combine("val", "b")} does not exist");
        Directory.CreateDirectory(Path.Combine(folder.Path, "val", "b"));
        AssertError(folder, ExitCode.DataMissing, $"{Path.Combine("val", "b")} has no image file");
        folder.Write("val/b/1.png", Png);
        folder.Write("val/c/1.png", Png);
        AssertError(folder, ExitCode.DataCorrupt, $"{Path.Combine("val", "c")} is a class that the training split does not have");
        Directory.Delete(Path.Combine(folder.Path, "val"), recursive: true);
        AssertError(folder, ExitCode.DataMissing, "test does not exist");
        Directory.Delete(Path.Combine(folder.Path, "train"), recursive: true);
        AssertError(folder, ExitCode.DataMissing, "train does not exist");
        Directory.CreateDirectory(Path.Combine(folder.Path, "train"));
        AssertError(folder, ExitCode.DataMissing, "train has no folder, where one for each class was expected");
    }

    private static TemporaryFolder Tree(params ReadOnlySpan<string> names)
    {
        var folder = new TemporaryFolder();
        foreach (string name in names)
            folder.Write(name, Png);
        return folder;
    }

    private static void AssertError(TemporaryFolder folder, ExitCode code, string cause)
    {
        GpuPoolException error = Assert.Throws<GpuPoolException>(() => ImageFolder.Open(folder.Path))!;
        Assert.That((error.Code, error.Cause), Is.EqualTo((code, Path.Combine(folder.Path, cause))));
    }
}
