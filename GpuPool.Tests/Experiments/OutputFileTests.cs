using System.Diagnostics;
using GpuPool.Experiments;
using GpuPool.Experiments.Storage;

namespace GpuPool.Tests.Experiments;

public sealed class OutputFileTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void A_new_file_gets_its_folder_and_an_empty_one_is_kept()
    {
        string file = _folder["new/folder/model.onnx"];
        Assert.That(OutputFile.Prepare(file), Is.EqualTo(RealPath.Of(file)));
        Assert.That(Path.GetDirectoryName(file), Does.Exist);
        File.WriteAllText(_folder["empty"], "");
        Assert.That(OutputFile.Prepare(_folder["empty"]), Does.Exist);
    }

    [Test]
    public void A_link_stands_for_the_file_that_it_leads_to()
    {
        File.CreateSymbolicLink(_folder["link"], "kept");
        AtomicFile.WriteText(OutputFile.Prepare(_folder["link"]), "text");
        Assert.That(File.ReadAllText(_folder["kept"]), Is.EqualTo("text"));
        Assert.That(new FileInfo(_folder["link"]).LinkTarget, Is.EqualTo("kept"));
    }

    [Test]
    public void A_folder_is_not_replaced() => Assert.That(
        () => OutputFile.Prepare(_folder.Path), Throws.TypeOf<GpuPoolException>().With.Message.Contains("is a folder").And.Property("Code").EqualTo(ExitCode.NotWritable));

    // For root, a rename would replace even these.
    [Test]
    [Platform("Unix")]
    public void A_device_or_a_pipe_is_not_replaced([Values("/dev/null", "/dev/full", "pipe", "link to a pipe")] string name)
    {
        string file = name.StartsWith('/') ? name : _folder[name];
        if (!name.StartsWith('/') && !File.Exists(_folder["pipe"]))
            Process.Start("mkfifo", [_folder["pipe"]]).WaitForExit();
        if (name.StartsWith("link", StringComparison.Ordinal))
            File.CreateSymbolicLink(file, "pipe");
        Assert.That(
            () => OutputFile.Prepare(file), Throws.TypeOf<GpuPoolException>().With.Message.Contains("is a device or a pipe").And.Property("Code").EqualTo(ExitCode.NotWritable));
    }
}
