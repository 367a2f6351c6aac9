using System.Globalization;
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
        JsonElement line = JsonDocument.Parse(run.Output).RootElement;
        Assert.That(line.GetProperty("loss").GetDouble(), Is.Positive);
        Assert.That(line.GetProperty("last").GetDouble(), Is.EqualTo(line.GetProperty("loss").GetDouble()), "the word of the peers of detectors");
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

    // Counted with mmdetection 2.25: parameters that are used, and multiply-adds of convolutions and linear layers for one picture, of Faster R-CNN without those for each RoI. YOLOv3
    // does not read the last convolution of MobileNetV2, of 40,960,000, which mmdetection computes all the same.
    [TestCase("ssd-mobilenet_v2-skip-1222121", 320, 3_134_100, 611_212_800L + 38_550_976 + 17_534_976)]
    [TestCase("ssd-mobilenet_v2-lip-1222121", 320, 3_166_236, 784_492_800L + 38_550_976 + 17_534_976)]
    [TestCase("ssd-mobilenet_v2-nlp_headfix2_nowin_reduced-1222121", 320, 3_432_644, 822_585_600L + 38_550_976 + 17_534_976)]
    [TestCase("ssd-resnet18-skip-1222", 320, 11_829_332, 3_701_145_600L + 18_890_176 + 16_306_176)]
    [TestCase("ssd-resnet18-nlp_headfix2_nowin_reduced-1222", 320, 14_181_204, 11_880_038_400L + 18_890_176 + 16_306_176)]
    [TestCase("faster_rcnn-resnet18-skip-1222", 512, 28_315_256, 5_921_832_960L + 8_336_179_200 + 8_097_576_960)]
    [TestCase("yolov3-mobilenet-skip-1222121", 320, 3_674_837, 611_212_800L - 40_960_000 + 808_857_600 + 182_044_800)]
    [TestCase("yolov3-resnet18-skip-1222", 320, 16_442_421, 3_701_145_600L + 845_414_400 + 367_872_000)]
    public void A_detector_has_the_parameters_and_multiply_adds_of_the_released_one(string label, int columns, long parameters, long multiplyAdds)
    {
        CommandLine run = CommandLine.Run("profile", label, "--size", "320", "--columns", columns.ToString(CultureInfo.InvariantCulture), "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        JsonElement profile = JsonDocument.Parse(run.Output).RootElement, counted = profile.GetProperty("macs");
        Assert.That(profile.GetProperty("params").GetInt64(), Is.EqualTo(parameters));
        Assert.That(counted.GetProperty("conv").GetInt64() + counted.GetProperty("linear").GetInt64(), Is.EqualTo(multiplyAdds));
    }

    [Test]
    public void The_model_of_a_gpu_has_a_row_for_each_kernel_of_each_op_and_runs_nothing()
    {
        CommandLine run = CommandLine.Run("bench", "mobilenet_v2-nlp_headfix2-1222121", "--width", "0.1", "--size", "64", "--batch", "2", "--model");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.That(lines[0], Does.StartWith("| op | pass | kernel | launches |"));
        Assert.That(lines.Count(line => line.StartsWith("| Conv2d | backward | ", StringComparison.Ordinal)), Is.GreaterThan(1));
        Assert.That(lines, Has.Some.StartsWith("| update |  | SgdElement |"));
        Assert.That(lines[^1], Does.Match(@"^A step: \d+ launches, [0-9.]+ ms by the model, [0-9.]+ ms at the limits of the device\.$"));
    }
}
