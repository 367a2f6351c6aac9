using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;

namespace GpuPool.Tests.Experiments;

public sealed class ClassNamesTests
{
    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void MakePictures()
    {
        _folder = new TemporaryFolder();
        Assert.That(CommandLine.Run("data", "synth", _folder["images"], "--kind", "folder", "--count", "50").Code, Is.EqualTo(ExitCode.Done));
    }

    [OneTimeTearDown]
    public void RemovePictures() => _folder.Dispose();

    [Test]
    public void A_class_that_was_renamed_under_a_run_is_told_with_both_lists_and_the_run_goes_on_where_that_is_allowed()
    {
        using var interrupt = new CancellationTokenSource();
        interrupt.Cancel();
        Assert.That(CommandLine.Run(interrupt.Token, Train("run")).Code, Is.EqualTo(ExitCode.Interrupted));
        (string last, string first) = Rename("zebra");
        try
        {
            CommandLine resumed = CommandLine.Run([.. Train("run"), "--resume"]);
            Assert.That(resumed.Code, Is.EqualTo(ExitCode.Configuration), resumed.Error);
            Assert.That(resumed.Line, Does.Match($"run has the 10 classes \\({first}, .*\\), and the data set has 10: \\(.*, zebra\\). Give the classes the names that they had"));
            Assert.That(CommandLine.Run([.. Train("run"), "--resume", "--allow-other-classes"]).Code, Is.EqualTo(ExitCode.Done));
            foreach (string[] line in new[] { ["evaluate", _folder["run"]], new[] { "prune", _folder["run"], "--epochs", "1", "--run", _folder["pruned"] } })
            {
                Assert.That(CommandLine.Run([.. line, "--device", "cpu"]).Line, Does.Contain("and the data set has 10: ("), line[0]);
                Assert.That(CommandLine.Run([.. line, "--device", "cpu", "--allow-other-classes"]).Code, Is.EqualTo(ExitCode.Done), line[0]);
            }
        }
        finally
        {
            Move("zebra", last);
        }
        Assert.That(CommandLine.Run("evaluate", _folder["run"], "--device", "cpu").Code, Is.EqualTo(ExitCode.Done), "the names of the run are those that it began with");
        File.Delete(_folder["run/classes.json"]);
        Assert.That(CommandLine.Run("evaluate", _folder["run"], "--data", "synthetic", "--device", "cpu").Code, Is.EqualTo(ExitCode.Done), "a run that does not say its classes");
    }

    [Test]
    public void A_long_list_is_shown_from_the_first_name_that_differs()
    {
        using var folder = new TemporaryFolder();
        string[] names = [.. Enumerable.Range(0, 1000).Select(label => $"n{label:D3}")], swapped = [.. names];
        (swapped[500], swapped[501]) = (names[501], names[500]);
        ClassNames.Write(folder.Path, names, Disk.Instance);
        Assert.That(() => ClassNames.Check(folder.Path, names, allowOthers: false), Throws.Nothing);
        Assert.That(() => ClassNames.Check(folder.Path, swapped, allowOthers: true), Throws.Nothing);
        GpuPoolException refused = Assert.Throws<GpuPoolException>(() => ClassNames.Check(folder.Path, swapped, allowOthers: false))!;
        Assert.That(refused.Cause, Does.EndWith(
            "has the 1000 classes (..., n499, n500, n501, n502, n503, n504, n505, n506, n507, n508, n509, n510, ...), "
            + "and the data set has 1000: (..., n499, n501, n500, n502, n503, n504, n505, n506, n507, n508, n509, n510, ...)"));
        refused = Assert.Throws<GpuPoolException>(() => ClassNames.Check(folder.Path, names[..2], allowOthers: true))!;
        Assert.That(refused.Message, Does.EndWith("and the data set has 2: (n000, n001). Give a data set of the classes that the run was trained with."));
    }

    [Test]
    public void A_damaged_list_is_told([Values("", "null", "{\"a\": 1}", "[1]")] string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["classes.json"], text);
        Assert.That(() => ClassNames.Check(folder.Path, ["a"], allowOthers: false), Throws.TypeOf<GpuPoolException>().With.Property("Code").EqualTo(ExitCode.DataCorrupt));
    }

    private string[] Train(string run) =>
    [
        "train", "mobilenet_v2-skip-1222121", "--width", "0.35", "--size", "32", "--epochs", "1", "--device", "cpu", "--data", $"folder:{_folder["images"]}", "--run", _folder[run],
    ];

    // The last class, and the first.
    private (string Last, string First) Rename(string name)
    {
        IReadOnlyList<string> names = ImageFolder.Open(_folder["images"]).Train.ClassNames;
        Move(names[^1], name);
        return (names[^1], names[0]);
    }

    private void Move(string from, string to)
    {
        foreach (string split in Directory.GetDirectories(_folder["images"]))
            Directory.Move(Path.Combine(split, from), Path.Combine(split, to));
    }
}
