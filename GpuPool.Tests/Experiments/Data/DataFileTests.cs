using System.Diagnostics;
using GpuPool.Experiments;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Coco;
using GpuPool.Experiments.Data.Detection;

namespace GpuPool.Tests.Experiments.Data;

[Platform(Exclude = "Win", Reason = "Windows lets few users make links, and has neither /dev nor mkfifo.")]
public sealed class DataFileTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Links_are_followed_to_the_last_file()
    {
        string file = _folder.Write("file", [1, 2, 3]), first = Link("first", file), second = Link("second", first);
        Assert.That(DataFile.Length(second), Is.EqualTo(3));
        Assert.That(DataFile.ReadAll(second, mostBytes: 3), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(() => DataFile.ReadAll(second, mostBytes: 2), Refused.With(ExitCode.DataCorrupt).Message.Contains("has 3 bytes, more than the 2"));
    }

    [Test]
    public void A_link_to_nothing_is_missing_and_named() =>
        Assert.That(() => DataFile.Length(Link("link", "/nowhere")), Refused.With(ExitCode.DataMissing).Message.Contains("link does not exist"));

    [Test]
    public void A_folder_in_place_of_a_file_is_named_as_one() =>
        Assert.That(() => DataFile.Length(_folder.Path), Refused.With(ExitCode.DataMissing).Message.Contains("is a folder, where a file was expected"));

    [Test]
    public void A_file_in_place_of_a_folder_is_named_as_one()
    {
        string file = _folder.Write("file", [1]);
        foreach (string source in new[] { "coco", "voc" })
            Assert.That(() => DetectionSource.Parse($"{source}:{file}").Open(), Refused.With(ExitCode.DataMissing).Message.Contains("file is a file, where a folder was expected"));
        Assert.That(() => DatasetSource.Parse($"vww:{file}").Open(), Refused.With(ExitCode.DataMissing).Message.Contains("file is a file, where a folder was expected"));
        Assert.That(() => DetectionSource.Parse("coco:/nowhere").Open(), Refused.With(ExitCode.DataMissing).Message.Contains("/nowhere does not exist"));
    }

    [Test, CancelAfter(5000)]
    public void What_never_ends_is_refused_at_once()
    {
        string pipe = Path.Combine(_folder.Path, "pipe");
        using (var make = Process.Start("mkfifo", pipe))
            make.WaitForExit();
        foreach (string path in new[] { pipe, Link("link", "/dev/zero") })
        {
            Assert.That(() => ImageDecoder.Decode(path), Refused.With(ExitCode.DataCorrupt).Message.StartsWith($"{path} is not an image"));
            Assert.That(() => CocoAnnotations.Read(path), Refused.With(ExitCode.DataCorrupt).Message.StartsWith($"{path}, byte 0: the file is not JSON"));
        }
    }

    private string Link(string name, string target) => File.CreateSymbolicLink(Path.Combine(_folder.Path, name), target).FullName;
}
