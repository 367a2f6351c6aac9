using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Kernels;

namespace GpuPool.Tests.Experiments;

/// <summary>A run on a GPU beside the same run on the processor.</summary>
public sealed class GpuTrainingTests
{
    [Test]
    public void An_epoch_on_a_gpu_ends_with_the_losses_of_the_processor()
    {
        Assert.That(Devices.Gpu.Kind, Is.Not.EqualTo(DeviceKind.Cpu));
        (double Train, double Test) cpu = Losses("cpu"), gpu = Losses(Devices.GpuChoice.ToString());
        Assert.That(gpu.Train, Is.EqualTo(cpu.Train).Within(1e-3));
        Assert.That(gpu.Test, Is.EqualTo(cpu.Test).Within(1e-3));
    }

    private static (double Train, double Test) Losses(string device)
    {
        using var folder = new TemporaryFolder();
        CommandLine run = CommandLine.Run(
            "train", "mobilenet_v2-nlp_headfix2-1222121", "--width", "0.35", "--size", "64", "--epochs", "1", "--limit", "16", "--lr", "0.01", "--device", device, "--run", folder["run"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        JsonElement epoch = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["run"], "log.jsonl"))).RootElement;
        return (epoch.GetProperty("train_loss").GetDouble(), epoch.GetProperty("test_loss").GetDouble());
    }
}
