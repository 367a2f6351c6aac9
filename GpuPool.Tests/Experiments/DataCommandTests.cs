using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Tests.Experiments.Data;
using Folder = GpuPool.Tests.Experiments.Data.TemporaryFolder;

namespace GpuPool.Tests.Experiments;

public sealed class DataCommandTests
{
    private static readonly byte[] Png = Pictures.Encode(Pictures.Noise(4, 3, seed: 1));

    [Test]
    public void All_faults_of_a_data_set_are_listed_and_it_is_corrupt()
    {
        using var folder = new Folder();
        folder.Write("train/a/1.png", Png);
        folder.Write("train/a/2.png", Png[..50]);
        folder.Write("train/b/1.jpg", "only text"u8.ToArray());
        folder.Write("val/a/1.png", Png);
        folder.Write("val/c/1.png", Png);
        CommandLine run = CommandLine.Run("data", "verify", $"folder:{folder.Path}", "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.DataCorrupt), run.Error);
        Assert.That(run.Output.TrimEnd().Split('\n').Select(line => Path.GetRelativePath(
            folder.Path, JsonDocument.Parse(line).RootElement.GetProperty("file").GetString()!)),
            Is.EqualTo(new[] { "val/c", "val/b", "train/a/2.png", "train/b/1.jpg" }));
        Assert.That(CommandLine.Run("data", "verify", $"folder:{folder.Path}").Output, Does.EndWith("4 pictures, 4 faults\n"));
    }

    [Test]
    public void A_sound_data_set_has_none()
    {
        using var folder = new Folder();
        folder.Write("train/a/1.png", Png);
        folder.Write("val/a/1.png", Png);
        CommandLine run = CommandLine.Run("data", "verify", $"folder:{folder.Path}");
        Assert.That((run.Code, run.Output), Is.EqualTo((ExitCode.Done, "2 pictures, 0 faults\n")));
        Assert.That(CommandLine.Run("data", "verify", $"folder:{folder.Path}", "--json").Output, Is.Empty);
    }

    [Test]
    public void Faults_and_oddities_of_pictures_with_boxes_are_listed()
    {
        using var folder = new Folder();
        byte[] annotations = """
            {"images":[{"id":1,"file_name":"1.png","width":4,"height":3},{"id":2,"file_name":"2.png","width":4,"height":3},{"id":3,"file_name":"1.png","width":5,"height":3}],
             "annotations":[{"id":4,"image_id":1,"category_id":7,"bbox":[9,0,2,2]},{"id":5,"image_id":6,"category_id":7,"bbox":[0,0,2,2]}],"categories":[{"id":7,"name":"cat"}]}
            """u8.ToArray();
        foreach (string split in new[] { "train", "val" })
            folder.Write($"instances_{split}.json", annotations);
        folder.Write("images/1.png", Png);
        folder.Write("images/2.png", Png[..50]);
        CommandLine run = CommandLine.Run("data", "verify", $"coco:{folder.Path}", "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.DataCorrupt), run.Error);
        string[] train = ["annotation 5 is of image 6, which the file does not have"], pictures = ["is not an image that can be read", "is 4 x 3, where its annotation says 5 x 3"];
        string[] lines = run.Output.TrimEnd().Split('\n'), parts = [.. train, .. train, .. pictures, .. pictures, "not learnt from, since they lie outside of their picture, are smaller than a pixel or to be ignored: annotations 4"];
        Assert.That(lines, Has.Length.EqualTo(parts.Length), run.Output);
        Assert.That(lines.Zip(parts, (line, part) => line.Contains(part, StringComparison.Ordinal)), Is.All.True, run.Output);
    }

    [Test]
    public void An_interruption_is_told()
    {
        using var interrupt = new CancellationTokenSource();
        interrupt.Cancel();
        CommandLine run = CommandLine.Run(interrupt.Token, "data", "verify", "synthetic");
        Assert.That((run.Code, run.Line), Is.EqualTo(
            (ExitCode.Interrupted, "gpupool: interrupted after 0 pictures. Give the same command again to check all of them.")));
    }

    [TestCase("data", ExitCode.Usage, "a command is missing")]
    [TestCase("data verifi", ExitCode.Usage, "Did you mean 'verify'?")]
    [TestCase("data verify", ExitCode.Usage, "")]
    [TestCase("data verify cifar:x", ExitCode.Configuration, "Known are synthetic")]
    [TestCase("data verify coco:/nowhere", ExitCode.DataMissing, "/nowhere does not exist")]
    [TestCase("data verify voc:", ExitCode.Configuration, "'voc:' is not a source of pictures with boxes. Known are synthetic, coco:DIR, voc:DIR.")]
    [TestCase("train resnet18-skip-1222 --run /nowhere/r --data coco:x", ExitCode.Configuration, "'coco:x' has boxes for a detector, and no class of each picture")]
    [TestCase("data verify vww:/nowhere", ExitCode.DataMissing, "/nowhere does not exist")]
    [TestCase("train resnet18-skip-1222 --run /nowhere/r --preprocessing vvw", ExitCode.Usage, "Did you mean 'vww'?")]
    public void A_mistake_is_one_line_with_cause_and_remedy(string line, ExitCode code, string part)
    {
        CommandLine run = CommandLine.Run(line.Split(' '));
        Assert.That(run.Code, Is.EqualTo(code), run.Error);
        Assert.That(run.Line, Does.StartWith("gpupool: ").And.Contain(part));
        Assert.That(run.Output, Is.Empty);
    }
}
