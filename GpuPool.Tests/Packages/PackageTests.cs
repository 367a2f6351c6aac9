using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using GpuPool.Tests.Experiments;

namespace GpuPool.Tests.Packages;

/// <summary>The packages as `dotnet pack` makes them, and programs that have nothing else. It takes some minutes.</summary>
[Category("Nightly")]
public sealed class PackageTests
{
    // Of no published package, so that none from elsewhere can stand in for these.
    private const string Version = "0.0.1-check";

    private static readonly string[] _libraries = ["GpuPool.Kernels", "GpuPool.Autograd", "GpuPool.Models"];

    private readonly TemporaryFolder _folder = new();

    private string Feed => Path.Combine(_folder.Path, "first", "artifacts", "package", "release");

    // Where the configuration of the samples looks for packages.
    private string CleanFeed => Directory.CreateDirectory(_folder["clean/artifacts/package/release"]).FullName;

    [OneTimeSetUp]
    public void Pack()
    {
        foreach (string name in new[] { "first", "second" })
        {
            CopySources(Path.GetFullPath(Path.Combine(Folder(), "..", "..")), _folder[name]);
            // Restored on its own, with the lock files as they are.
            Dotnet(_folder[name], "pack", "GpuPool.sln", "-c", "Release", $"-p:Version={Version}", "-p:ContinuousIntegrationBuild=true", "-p:RunAnalyzers=false", "--artifacts-path", _folder[$"{name}/artifacts"]);
        }
    }

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [TestCaseSource(nameof(_libraries))]
    public void A_package_has_all_that_its_users_need(string name)
    {
        using ZipArchive package = ZipFile.OpenRead(Path.Combine(Feed, $"{name}.{Version}.nupkg")), symbols = ZipFile.OpenRead(Path.Combine(Feed, $"{name}.{Version}.snupkg"));
        Assert.That(package.Entries.Select(entry => entry.FullName), Is.SupersetOf(new[] { $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml", "README.md", "icon.png" }));
        Assert.That(symbols.Entries.Select(entry => entry.FullName), Does.Contain($"lib/net10.0/{name}.pdb"));
        using Stream stream = package.GetEntry($"{name}.nuspec")!.Open();
        XElement[] metadata = [.. XDocument.Load(stream).Descendants()];
        string Value(string element) => metadata.Single(entry => entry.Name.LocalName == element).Value;
        Assert.That(Value("license"), Is.EqualTo("MIT"));
        Assert.That(Value("readme"), Is.EqualTo("README.md"));
        Assert.That(Value("icon"), Is.EqualTo("icon.png"));
        Assert.That(Value("description"), Has.Length.GreaterThan(50));
        string[] ours = [.. metadata.Where(entry => entry.Name.LocalName == "dependency").Select(entry => entry.Attribute("id")!.Value).Where(id => id.StartsWith("GpuPool.", StringComparison.Ordinal))];
        Assert.That(ours, Is.EqualTo(_libraries.TakeWhile(other => other != name).TakeLast(1)), "arrows point one way");
    }

    [TestCaseSource(nameof(_libraries))]
    public void Sources_in_another_folder_give_the_same_bytes(string name)
    {
        foreach (string file in new[] { $"{name}.{Version}.nupkg", $"{name}.{Version}.snupkg" })
        {
            using ZipArchive first = ZipFile.OpenRead(Path.Combine(Feed, file)), second = ZipFile.OpenRead(Path.Combine(Feed.Replace("first", "second", StringComparison.Ordinal), file));
            // The names of what NuGet itself adds are random.
            foreach (ZipArchiveEntry entry in first.Entries.Where(entry => entry.FullName.StartsWith("lib/", StringComparison.Ordinal) || !entry.FullName.Contains('/')))
                Assert.That(Bytes(second.GetEntry(entry.FullName)!), Is.EqualTo(Bytes(entry)), $"{file}: {entry.FullName}");
        }
    }

    [TestCase("OwnNetwork")]
    [TestCase("OwnPooling")]
    [TestCase("OnnxInference", "network.onnx")]
    [TestCase("FineTuning", "resnet18.pth", "pictures", "tuned.safetensors", "32", "2")]
    public void A_sample_runs_in_a_clean_folder_with_the_packages_alone(string name, params string[] arguments)
    {
        string clean = _folder[$"clean/{name}"], samples = Path.Combine(Folder(), "..", "..", "samples");
        Directory.CreateDirectory(clean);
        foreach (string file in Directory.GetFiles(samples).Concat(Directory.GetFiles(Path.Combine(samples, name))))
            File.Copy(file, Path.Combine(clean, Path.GetFileName(file)));
        foreach (string file in Directory.GetFiles(Feed))
            File.Copy(file, Path.Combine(CleanFeed, Path.GetFileName(file)), overwrite: true);
        if (name == "FineTuning")
            SampleProgramTests.WriteInputs(clean);
        // Packages of others are taken from the cache; ours are put into one that goes with the folder.
        Dotnet(
            clean, "build", $"{name}.csproj", "-c", "Release", "-o", "built", $"-p:GpuPoolVersion={Version}", $"-p:RestorePackagesPath={_folder["cache"]}", $"-p:RestoreFallbackFolders={Cache()}");
        TestContext.Out.WriteLine(Dotnet(clean, [Path.Combine("built", $"{name}.dll"), .. arguments]));
    }

    [Test]
    public void The_program_is_a_tool()
    {
        Dotnet(_folder.Path, "tool", "install", "gpupool", "--version", Version, "--tool-path", _folder["tools"], "--add-source", Feed);
        string output = Run(_folder.Path, _folder["tools/gpupool"], "profile", "mobilenet_v2-nlp_headfix2-1222121", "--size", "64", "--json");
        Assert.That(output, Does.StartWith("{\"params\":"));
    }

    private static string Dotnet(string folder, params string[] arguments) => Run(folder, "dotnet", arguments);

    private static string Run(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{output}{error.Result}");
        return output;
    }

    // What is built and the results of runs stay behind.
    private static void CopySources(string from, string to)
    {
        string[] left = ["bin", "obj", "artifacts", "runs", "results", "TestResults", ".git"];
        Directory.CreateDirectory(to);
        // In a further working tree `.git` is a file.
        foreach (string file in Directory.GetFiles(from).Where(file => !left.Contains(Path.GetFileName(file))))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (string folder in Directory.GetDirectories(from).Where(folder => !left.Contains(Path.GetFileName(folder))))
            CopySources(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    private static string Cache() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
