using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Tests.Experiments.Data;
using Folder = GpuPool.Tests.Experiments.Data.TemporaryFolder;

namespace GpuPool.Tests.Experiments;

public sealed class BrowseDataCommandTests
{
    [Test]
    public void Pictures_stand_in_rows_over_the_names_of_their_classes()
    {
        using Folder folder = TwoClasses();
        string file = Path.Combine(folder.Path, "new", "sheet.png");
        CommandLine run = CommandLine.Run("data", "browse", $"folder:{folder.Path}", "--out", file, "--size", "40");
        Assert.That((run.Code, run.Output), Is.EqualTo((ExitCode.Done, $"{file}: 3 of the 3 pictures of folder train\n")), run.Error);
        RgbImage sheet = ImageDecoder.Decode(file);
        Assert.That((sheet.Width, sheet.Height), Is.EqualTo((6 + 2 * 46, 6 + 2 * 58)), "two columns, two rows");
        Assert.That(Colour(sheet, 16, 16), Is.EqualTo((255, 0, 0)), "upper left quarter of the first picture");
        Assert.That(Colour(sheet, 36, 36), Is.EqualTo((255, 255, 255)), "lower right quarter of the first picture");
        Assert.That(Colour(sheet, 52 + 10, 64 + 10), Is.EqualTo((255, 255, 255)), "no fourth picture");
        Assert.That(Darkest(sheet, left: 6, top: 46), Is.Below(80), "name below the first picture");
        Assert.That(Darkest(sheet, left: 52, top: 104), Is.EqualTo(255), "no name below the place of a fourth");
    }

    [Test]
    public void The_seed_decides_pictures_and_crops()
    {
        using var folder = new Folder();
        byte[][] files = [.. new[] { "0", "0", "1" }.Select((seed, i) =>
        {
            string file = Path.Combine(folder.Path, $"{i}.png");
            Assert.That(
                CommandLine.Run("data", "browse", "synthetic", "--split", "test", "--count", "4", "--augment", "--seed", seed, "--out", file).Code,
                Is.EqualTo(ExitCode.Done));
            return File.ReadAllBytes(file);
        })];
        Assert.That(files[1], Is.EqualTo(files[0]));
        Assert.That(files[2], Is.Not.EqualTo(files[0]));
    }

    [Test]
    public void Boxes_are_drawn_around_the_objects_of_pictures_that_keep_their_shape()
    {
        using Folder folder = WideAndHigh();
        RgbImage sheet = Sheet(folder, "--size", "80");
        Assert.That((sheet.Width, sheet.Height), Is.EqualTo((6 + 2 * 86, 6 + 98)));
        Assert.That(Colour(sheet, 6 + 20, 6 + 30).Item1, Is.GreaterThan(100), "the lower edge of a box on blue");
        Assert.That(Colour(sheet, 6 + 20, 6 + 35), Is.EqualTo((0, 0, 255)), "below the box");
        Assert.That(Colour(sheet, 6 + 20, 6 + 60), Is.EqualTo((0, 0, 0)), "below the picture");
        Assert.That(Colour(sheet, 92 + 60, 6 + 20), Is.EqualTo((0, 0, 0)), "at the right of the other picture");
        Assert.That(Colour(Sheet(folder, "--size", "80", "--split", "test", "--classes", "dog"), 6 + 20, 6 + 30), Is.EqualTo((0, 0, 255)), "no box of another class");
    }

    [Test]
    public void Boxes_are_augmented_with_their_pictures()
    {
        using Folder folder = WideAndHigh();
        RgbImage first = Sheet(folder, "--augment", "--seed", "1"), other = Sheet(folder, "--augment", "--seed", "2");
        Assert.That(first.Pixels.SequenceEqual(Sheet(folder, "--augment", "--seed", "1").Pixels));
        Assert.That(first.Pixels.SequenceEqual(other.Pixels), Is.False);
    }

    [Test]
    public void A_split_without_objects_of_the_classes_is_told()
    {
        using Folder folder = WideAndHigh();
        CommandLine run = CommandLine.Run("data", "browse", $"coco:{folder.Path}", "--classes", "dog", "--out", Path.Combine(folder.Path, "sheet.png"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Configuration), run.Error);
        Assert.That(run.Line, Is.EqualTo("gpupool: coco train has no picture with objects of the classes. Choose another --split, or other --classes."));
    }

    [TestCase("folder:/nowhere --boxes --out sheet.png", ExitCode.Configuration, "has a class of each picture, and no boxes for a detector")]
    [TestCase("synthetic --classes disc,person --out sheet.png", ExitCode.Configuration, "the generated set has no class 'person'")]
    [TestCase("synthetic --classes disc, --out sheet.png", ExitCode.Usage, "is not a list of different classes. Give names with commas between them")]
    [TestCase("synthetic", ExitCode.Usage, "Option '--out' is required. 'gpupool data browse --help' shows what it takes.")]
    [TestCase("synthetic --out /proc/none/sheet.png", ExitCode.NotWritable, "the folder /proc/none cannot be made")]
    [TestCase("synthetic --out /", ExitCode.NotWritable, "'/' is not the name of a file. Choose a file in a folder that can be written to")]
    [TestCase("folder:/nowhere --out sheet.png", ExitCode.DataMissing, "/nowhere/train does not exist")]
    [TestCase("synthetic --out sheet.png --split val", ExitCode.Usage, "Known values: train, test.")]
    [TestCase("synthetic --out sheet.png --count 5000 --size 800", ExitCode.Configuration, "Use a smaller --count or --size.")]
    public void A_mistake_is_one_line_with_cause_and_remedy(string line, ExitCode code, string part)
    {
        CommandLine run = CommandLine.Run(["data", "browse", .. line.Split(' ')]);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Error, Does.StartWith("gpupool: ").And.Contain(part).And.EndsWith("\n"));
        Assert.That(run.Error.Count(letter => letter == '\n'), Is.EqualTo(1));
        Assert.That(run.Output, Is.Empty);
    }

    private static RgbImage Sheet(Folder folder, params string[] options)
    {
        string file = Path.Combine(folder.Path, "sheet.png");
        CommandLine run = CommandLine.Run(["data", "browse", $"coco:{folder.Path}", "--out", file, .. options]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        return ImageDecoder.Decode(file);
    }

    // A cat in a picture of 80 x 40 pixels, another in one of 40 x 80, and no dog.
    private static Folder WideAndHigh()
    {
        var folder = new Folder();
        byte[] annotations = """
            {"images":[{"id":1,"file_name":"1.png","width":80,"height":40},{"id":2,"file_name":"2.png","width":40,"height":80}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[10,10,20,20]},{"id":2,"image_id":2,"category_id":1,"bbox":[10,10,20,20]}],
             "categories":[{"id":1,"name":"cat"},{"id":2,"name":"dog"}]}
            """u8.ToArray();
        folder.Write("instances_train.json", annotations);
        folder.Write("instances_val.json", annotations);
        folder.Write("images/1.png", Pictures.Encode(Pictures.Quarters(80, 40)));
        folder.Write("images/2.png", Pictures.Encode(Pictures.Quarters(40, 80)));
        return folder;
    }

    private static Folder TwoClasses()
    {
        var folder = new Folder();
        byte[] picture = Pictures.Encode(Pictures.Quarters(80, 80));
        foreach (string name in new[] { "train/tench/1.png", "train/tench/2.png", "train/an endless name of a class/1.png", "val/tench/1.png" })
            folder.Write(name, picture);
        folder.Write("val/an endless name of a class/1.png", picture);
        return folder;
    }

    private static (int, int, int) Colour(RgbImage image, int x, int y)
    {
        ReadOnlySpan<byte> pixel = image.Row(y).Slice(3 * x, 3);
        return (pixel[0], pixel[1], pixel[2]);
    }

    // Of the place for a name, as wide as a picture.
    private static int Darkest(RgbImage sheet, int left, int top) =>
        Enumerable.Range(top, 18).SelectMany(y => Enumerable.Range(left, 40).Select(x => Colour(sheet, x, y).Item1)).Min();
}
