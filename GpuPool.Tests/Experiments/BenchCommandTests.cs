using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Experiments.Benchmark;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Tests.Experiments;

public sealed class BenchCommandTests
{
    [Test]
    public void A_profile_names_every_kind_of_op_in_both_passes()
    {
        CommandLine run = CommandLine.Run("bench", "mobilenet_v2-skip-2222121", "--width", "0.35", "--size", "32", "--steps", "1", "--profile");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        foreach (string op in new[] { "Conv2d", "DepthwiseConv2d", "BatchNorm", "Linear", "SoftmaxCrossEntropy" })
            Assert.That(run.Output, Does.Match($"{op} .* forward").And.Match($"{op} .* backward"));
    }

    [TestCase("train")]
    [TestCase("eval")]
    public void A_detector_is_timed_on_pictures_of_any_shape(string mode)
    {
        CommandLine run = CommandLine.Run(
            "bench", "ssd-mobilenet_v2-skip-1222121", "--width", "0.1", "--size", "64", "--columns", "96", "--batch", "2", "--steps", "1", "--mode", mode);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(JsonDocument.Parse(run.Output).RootElement.GetProperty("loss").GetDouble(), Is.Positive);
    }

    [Test]
    public void Without_an_architecture_the_remedy_is_named() =>
        Assert.That(CommandLine.Run("bench"), Has.Property("Code").EqualTo(ExitCode.Usage).And.Property("Line").Contains("needs an ARCHITECTURE, or --suite"));

    [Test]
    public void A_profile_of_a_network_counts_its_multiply_adds()
    {
        using var profile = JsonDocument.Parse(CommandLine.Run("profile", "resnet18-skip-1222", "--size", "64", "--classes", "10", "--json").Output);
        long expected = profile.RootElement.GetProperty("macs").GetProperty("total").GetInt64();
        var times = new OpProfile();
        StepBenchmark.Run(
            Devices.Cpu, BenchmarkSubject.Classifier(Architecture.Parse("resnet18-skip-1222"), 1, 64, 2), BenchmarkMode.Eval, 1, times, CancellationToken.None);
        Assert.That(times.Times.Sum(time => time.MultiplyAdds), Is.EqualTo(2 * expected));
    }
}
