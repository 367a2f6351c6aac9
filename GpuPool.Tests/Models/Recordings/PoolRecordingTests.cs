using System.Runtime.CompilerServices;
using GpuPool.Experiments;
using GpuPool.Experiments.Parity;
using GpuPool.Kernels;
using GpuPool.Models.Safetensors;
using GpuPool.Tests.Experiments;

namespace GpuPool.Tests.Models.Recordings;

/// <summary>
/// Recordings of our own, so that a clone without those of the released code does not skip parity whole. They were computed from the equations in plain C#, not
/// by the released code: they hold the modules to the paper as we read it. A file that is deleted is written anew by the next run of these tests.
/// </summary>
public sealed class PoolRecordingTests
{
    private static PoolRecording[] Recordings => PoolRecording.All;

    [TestCaseSource(nameof(Recordings))]
    public void Parity_passes(object recording)
    {
        CommandLine run = CommandLine.Run("parity", Path(recording), "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain("\"passed\":true"));
    }

    // A gradient of the last one cancels: in float32 the processor comes within the tolerance by a hair, and a device that fuses products into sums does not. Recorded anew, as this test also
    // runs where the sources are not.
    [TestCaseSource(nameof(Recordings))]
    public void Parity_passes_in_float64_on_a_gpu(object recording)
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile.Write(folder["made.safetensors"], ((PoolRecording)recording).Record(), ((PoolRecording)recording).Metadata);
        var recorded = new Recording(SafetensorsFile.Read(folder["made.safetensors"]));
        ReplayedTensor worst = ModuleReplay.Run(Devices.Gpu, recorded, ModuleReplay.Method(recorded.Required("module"))!, DType.Float64);
        Assert.That(worst.Passed, worst.ToString());
    }

    [Test]
    public void Parity_with_the_released_code_passes_on_a_gpu()
    {
        foreach (string file in Directory.GetFiles(Shared.Require("golden/pooling"), "*.safetensors"))
        {
            ParityResult result = ParityResult.Of(Devices.Gpu, file);
            Assert.That(result.Passed, result.ToString());
        }
    }

    [TestCaseSource(nameof(Recordings))]
    public void The_file_is_what_the_equations_give(object recording)
    {
        List<SafetensorsTensor> tensors = ((PoolRecording)recording).Record();
        if (!File.Exists(Path(recording)))
        {
            SafetensorsFile.Write(Path(recording), tensors, ((PoolRecording)recording).Metadata);
            Assert.Fail($"{Path(recording)} was missing and is written anew: run the tests again.");
        }
        SafetensorsFile file = SafetensorsFile.Read(Path(recording));
        using var folder = new TemporaryFolder();
        string made = System.IO.Path.Combine(folder.Path, "made.safetensors");
        SafetensorsFile.Write(made, tensors);
        SafetensorsFile again = SafetensorsFile.Read(made);
        Assert.That(file.Entries.Keys, Is.EquivalentTo(again.Entries.Keys));
        // Elementary functions may differ by a bit between machines.
        foreach (string name in file.Entries.Keys)
            Assert.That(again.Doubles(name), Is.EqualTo(file.Doubles(name)).Within(1e-13), name);
    }

    private static string Path(object recording) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(ThisFile())!, ((PoolRecording)recording).FileName);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
