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
