using GpuPool.Experiments;
using GpuPool.Experiments.Data;

namespace GpuPool.Tests.Experiments.Data;

public sealed class Stl10DatasetTests
{
    private const int ImageBytes = 27648;

    [Test]
    public void Planes_in_columns_become_pixels_in_rows()
    {
        using var folder = new TemporaryFolder();
        byte[] images = new byte[2 * ImageBytes];
        images[ImageBytes + 2 * 9216 + 5 * 96 + 70] = 200;
        Write(folder, images, [1, 10]);
        var dataset = Stl10Dataset.Open(folder.Path, "train");
        Assert.That((dataset.Count, dataset.Label(0), dataset.Label(1)), Is.EqualTo((2, 0, 9)));
        Assert.That(dataset.ClassNames, Has.Count.EqualTo(10).And.Contains("airplane"));
        byte[] pixels = dataset.Image(1).Pixels.ToArray();
        Assert.That(pixels[(70 * 96 + 5) * 3 + 2], Is.EqualTo(200), "row 70, column 5, blue");
        Assert.That(pixels.Count(value => value != 0), Is.EqualTo(1));
    }

    [TestCase("train")]
    [TestCase("test")]
    public void Binary_files_and_single_pictures_of_STL10_agree(string split)
    {
        string root = Shared.Require("data/stl10-sample");
        var dataset = Stl10Dataset.Open(root, split);
        string[][] index = [.. File.ReadLines(Path.Combine(root, "index.csv")).Select(line => line.Split(',')).Where(cells => cells[3] == split)];
        Assert.That(dataset.Count, Is.EqualTo(index.Length));
        for (int i = 0; i < index.Length; i++)
        {
            RgbImage single = ImageDecoder.Decode(Path.Combine(root, index[i][0]));
            Assert.That(dataset.Image(i).Pixels.SequenceEqual(single.Pixels), index[i][0]);
            Assert.That(dataset.ClassNames[dataset.Label(i)], Is.EqualTo(index[i][2]));
        }
    }

    [Test]
    public void A_file_cut_short_is_corrupt_with_both_sizes()
    {
        using var folder = new TemporaryFolder();
        Write(folder, new byte[2 * ImageBytes - 1], [1, 2]);
        GpuPoolException error = Error(folder);
        Assert.That(error.Code, Is.EqualTo(ExitCode.DataCorrupt));
        Assert.That(error.Message, Does.Contain("train_X.bin has 55295 bytes").And.Contain("2 labels").And.Contain("ask for 55296"));
    }

    [Test]
    public void A_file_cut_short_after_opening_is_corrupt_when_read()
    {
        using var folder = new TemporaryFolder();
        Write(folder, new byte[2 * ImageBytes], [1, 2]);
        var dataset = Stl10Dataset.Open(folder.Path, "train");
        folder.Write("train_X.bin", new byte[ImageBytes + 5]);
        Assert.That(() => dataset.Image(1),
            Refused.With(ExitCode.DataCorrupt).Message.Contains("train_X.bin, byte 27653: the file ends, where 27643 more bytes were expected"));
    }

    [Test]
    public void A_label_of_no_class_is_corrupt_with_its_place()
    {
        using var folder = new TemporaryFolder();
        Write(folder, new byte[3 * ImageBytes], [1, 2, 11]);
        Assert.That(Error(folder).Message, Does.Contain("train_y.bin, byte 2: label 11, but labels go from 1 to 10"));
        folder.Write("class_names.txt", "a\nb\n"u8.ToArray());
        Assert.That(Error(folder).Message, Does.Contain("labels go from 1 to 2"));
    }

    [TestCase("train_X.bin")]
    [TestCase("train_y.bin")]
    public void A_missing_file_is_missing_with_a_remedy(string name)
    {
        using var folder = new TemporaryFolder();
        Write(folder, new byte[ImageBytes], [1]);
        File.Delete(Path.Combine(folder.Path, name));
        GpuPoolException error = Error(folder);
        Assert.That(error.Code, Is.EqualTo(ExitCode.DataMissing));
        Assert.That(error.Cause, Does.EndWith($"{name} does not exist"));
        Assert.That(error.Remedy, Is.EqualTo("Check the path; the README says which files each data set needs."));
    }

    private static void Write(TemporaryFolder folder, byte[] images, byte[] labels)
    {
        folder.Write("train_X.bin", images);
        folder.Write("train_y.bin", labels);
    }

    private static GpuPoolException Error(TemporaryFolder folder) => Assert.Throws<GpuPoolException>(() => Stl10Dataset.Open(folder.Path, "train"))!;
}
