using System.Runtime.CompilerServices;
using System.Xml.Linq;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Safetensors;
using GpuPool.Samples;
using GpuPool.Tests.Experiments;
using GpuPool.Tests.Models.PyTorch;
using SkiaSharp;

namespace GpuPool.Tests.Packages;

/// <summary>The programs of the folder <c>samples</c>, built here from the sources; <see cref="PackageTests"/> builds them from packages.</summary>
public sealed class SampleProgramTests
{
    [Test]
    public void A_network_with_a_self_attentive_pool_learns() => Assert.That(OwnNetwork.Main(), Is.Zero);

    [Test]
    public void A_pooling_method_of_ones_own_is_trained() => Assert.That(OwnPooling.Main(), Is.Zero);

    [Test]
    public void ONNX_Runtime_computes_the_same()
    {
        using var folder = new TemporaryFolder();
        Assert.That(OnnxInference.Main([folder["network.onnx"]]), Is.Zero);
    }

    [Test]
    public void An_imported_ResNet18_is_fine_tuned_on_a_folder()
    {
        using var folder = new TemporaryFolder();
        WriteInputs(folder.Path);
        Assert.That(FineTuning.Main([folder["resnet18.pth"], folder["pictures"], folder["tuned.safetensors"], "32", "2"]), Is.Zero);
        Assert.That(SafetensorsFile.Read(folder["tuned.safetensors"]).Entries["net.fc.weight"].Shape, Is.EqualTo(new Shape(2, 512)));
    }

    [Test]
    public void Versions_are_those_of_the_library()
    {
        string root = Path.Combine(Folder(), "..", "..");
        Assert.That(Versions("samples/Directory.Build.props", "GpuPoolVersion"), Is.EqualTo(Versions("Directory.Build.props", "Version")));
        Dictionary<string, string> ours = Packages("Directory.Packages.props");
        foreach ((string name, string version) in Packages("samples/Directory.Packages.props").Where(package => package.Key != "GpuPool.Models"))
            Assert.That(version, Is.EqualTo(ours[name]), name);

        string Versions(string file, string name) => XDocument.Load(Path.Combine(root, file)).Descendants(name).Single().Value;
        Dictionary<string, string> Packages(string file) => XDocument.Load(Path.Combine(root, file)).Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value);
    }

    /// <summary>Writes <c>resnet18.pth</c> with torchvision's names and start values, and two classes of pictures.</summary>
    public static void WriteInputs(string folder)
    {
        using var network = Network.Create(Devices.Cpu, Architecture.Parse("resnet18_original-skip-1222"), new NetworkOptions(1000));
        Dictionary<string, string> names = Weights.TorchvisionNamesOf(network);
        string file = Path.Combine(folder, "resnet18.safetensors");
        Weights.Save(network, file);
        var saved = SafetensorsFile.Read(file);
        File.WriteAllBytes(Path.Combine(folder, "resnet18.pth"), TorchArchive.Of(
            [.. saved.Entries.Where(entry => entry.Value.Type == SafetensorsType.Float32).Select(entry => (names[entry.Key], entry.Value.Shape.Extents.ToArray(), saved.Doubles(entry.Key)))]));
        foreach (string name in new[] { "dark", "light" })
        {
            string folderOfClass = Directory.CreateDirectory(Path.Combine(folder, "pictures", name)).FullName;
            for (int picture = 0; picture < 4; picture++)
                WritePicture(Path.Combine(folderOfClass, $"{picture}.png"), new SKColor((byte)(60 * picture), 60, (byte)(name == "dark" ? 0 : 255)));
        }
    }

    private static void WritePicture(string file, SKColor colour)
    {
        using var bitmap = new SKBitmap(24, 20);
        bitmap.Erase(colour);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(file, data.ToArray());
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
