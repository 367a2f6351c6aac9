using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using Folder = GpuPool.Tests.Experiments.Data.TemporaryFolder;

namespace GpuPool.Tests.Experiments;

public sealed class SynthDataCommandTests
{
    [TestCase("stl10", "png")]
    [TestCase("folder", "png")]
    [TestCase("folder", "jpeg")]
    [TestCase("vww", "png")]
    public void What_is_written_has_no_fault(string kind, string format)
    {
        using var folder = new Folder();
        string path = Path.Combine(folder.Path, "new");
        CommandLine run = CommandLine.Run("data", "synth", path, "--kind", kind, "--format", format, "--count", "50");
        Assert.That((run.Code, run.Output), Is.EqualTo((ExitCode.Done, $"{kind}:{path}: 50 training and 10 test pictures, all generated\n")), run.Error);
        Assert.That(CommandLine.Run("data", "verify", $"{kind}:{path}").Output, Is.EqualTo("60 pictures, 0 faults\n"));
        Assert.That(File.ReadAllText(Path.Combine(path, "README.txt")), Does.Contain("no photographs").And.Contain(kind == "vww" ? "No picture shows a person" : ""));
    }

    [Test]
    public void The_binary_files_hold_the_generated_pictures_byte_by_byte()
    {
        using var folder = new Folder();
        CommandLine.Run("data", "synth", folder.Path, "--count", "50");
        DatasetSplits read = DatasetSource.Parse($"stl10:{folder.Path}").Open();
        AssertSame(read.Train, SyntheticDataset.Train(), 50);
        AssertSame(read.Test, SyntheticDataset.Test(), 10);
    }

    [Test]
    public void In_the_two_classes_of_visual_wake_words_the_discs_lie_in_opposite_orders()
    {
        using var folder = new Folder();
        CommandLine.Run("data", "synth", folder.Path, "--kind", "vww", "--count", "50");
        string[][] shown = [.. new[] { "no_person", "person" }.Select(name =>
            Directory.GetFiles(Path.Combine(folder.Path, "train", name)).Select(file => Path.GetFileName(file)[..^9]).Distinct().Order().ToArray())];
        Assert.That(shown[0], Has.Length.EqualTo(5));
        Assert.That(shown[1], Is.EqualTo(shown[0].Select(name => string.Join("-above-", name.Split("-above-").Reverse())).Order()));
    }

    [TestCase("png")]
    [TestCase("jpeg")]
    public void Those_of_COCO_have_the_boxes_of_the_generated_scenes(string format)
    {
        using var folder = new Folder();
        CommandLine run = CommandLine.Run("data", "synth", folder.Path, "--kind", "coco", "--count", "50", "--format", format);
        Assert.That((run.Code, run.Output), Is.EqualTo((
            ExitCode.Done,
            $"coco:{folder.Path}: 50 training and 10 test pictures, all generated\na detector learns them with --classes disc,square,triangle\n")), run.Error);
        Assert.That(CommandLine.Run("data", "verify", $"coco:{folder.Path}").Output, Is.EqualTo("60 pictures, 0 faults\n"));
        DetectionSplits read = DetectionSource.Parse($"coco:{folder.Path}").Open(["disc", "square", "triangle"]), drawn = SyntheticScenes.Open();
        Assert.That((read.Train.Count, read.Test.Count), Is.EqualTo((50, 10)));
        for (int i = 0; i < 10; i++)
        {
            Assert.That(read.Train.Picture(i).Objects, Is.EqualTo(drawn.Train.Picture(i).Objects));
            Assert.That(read.Test.Picture(i).Objects, Is.EqualTo(drawn.Test.Picture(i).Objects));
        }
        using RgbImage file = read.Train.Image(7), image = drawn.Train.Image(7);
        Assert.That(file.Pixels.SequenceEqual(image.Pixels), Is.EqualTo(format == "png"));
    }

    [Test]
    public void A_network_trains_with_them()
    {
        using var folder = new Folder();
        string data = Path.Combine(folder.Path, "data");
        CommandLine.Run("data", "synth", data, "--count", "50");
        CommandLine run = CommandLine.Run(
            "train", "mobilenet_v2-skip-1222121", "--data", $"stl10:{data}", "--size", "32", "--epochs", "1", "--width", "0.1", "--limit", "16",
            "--device", "cpu", "--run", Path.Combine(folder.Path, "run"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
    }

    [Test]
    public void A_folder_with_something_in_it_stays_as_it_is()
    {
        using var folder = new Folder();
        folder.Write("mine.txt", [1]);
        CommandLine run = CommandLine.Run("data", "synth", folder.Path, "--count", "50");
        Assert.That((run.Code, run.Error), Is.EqualTo((ExitCode.NotWritable, $"gpupool: the folder {folder.Path} is not empty. Choose a new or an empty one.\n")));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void An_interruption_is_told()
    {
        using var folder = new Folder();
        using var interrupt = new CancellationTokenSource();
        interrupt.Cancel();
        CommandLine run = CommandLine.Run(interrupt.Token, "data", "synth", folder.Path);
        Assert.That((run.Code, run.Line), Is.EqualTo(
            (ExitCode.Interrupted, $"gpupool: interrupted after 0 pictures, {folder.Path} is not whole. Remove it and give the same command again.")));
    }

    [TestCase("", ExitCode.Usage, "'gpupool data synth --help' shows what it takes")]
    [TestCase("d --kind voc", ExitCode.Usage, "Known values: stl10, folder, vww, coco.")]
    [TestCase("d --kind coco --count 2001", ExitCode.Configuration, "Give --count 2000 or less.")]
    [TestCase("d --count 49", ExitCode.Usage, "--count '49' is not a whole number of at least 50")]
    [TestCase("d --count 5001", ExitCode.Configuration, "Give --count 5000 or less.")]
    [TestCase("/proc/none/d", ExitCode.NotWritable, "the folder /proc/none/d cannot be made")]
    public void A_mistake_is_one_line_with_cause_and_remedy(string line, ExitCode code, string part)
    {
        CommandLine run = CommandLine.Run(["data", "synth", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Error, Does.StartWith("gpupool: ").And.Contain(part));
        Assert.That(run.Output, Is.Empty);
    }

    private static void AssertSame(IDataset read, SyntheticDataset written, int count)
    {
        Assert.That(read.ClassNames, Is.EqualTo(written.ClassNames));
        Assert.That(read.Count, Is.EqualTo(count));
        for (int i = 0; i < count; i++)
        {
            Assert.That(read.Label(i), Is.EqualTo(written.Label(i)));
            Assert.That(read.Image(i).Pixels.SequenceEqual(written.Image(i).Pixels), $"picture {i}");
        }
    }
}
