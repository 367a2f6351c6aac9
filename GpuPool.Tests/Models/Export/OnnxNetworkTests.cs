using GpuPool.Models;
using GpuPool.Models.Detection;
using GpuPool.Models.Export;
using GpuPool.Models.Pooling;
using GpuPool.Tests.Experiments;

namespace GpuPool.Tests.Models.Export;

/// <summary>Whole networks, computed by ONNX Runtime from what we export.</summary>
public sealed class OnnxNetworkTests
{
    private static readonly string[] _words = [.. PoolingMethod.All.Select(method => method.Word)];

    private static readonly string[] _variants =
    [
        "mobilenet_v2-nlp_headfix2_reduced-1222121", "mobilenet_v2-nlp_nowin_bilinear_reduced-1222121", "mobilenet_v2-nlp_layernorm_residual-1222121",
        "mobilenet-nlp_headfix2-1222121", "prepool-nlp_headfix2_reduced-4-mobilenet_v2-maxp-1221111", "prepool-lip-4-mobilenet_v2-avgp-1221111",
    ];

    private static readonly string[] _torchvision = ["vgg16_bn-maxp-22222", "densenet121-avgp-1222", "inception_v3-skip-2222"];

    [Test]
    public void Every_method_in_MobileNetV2_computes_the_same([ValueSource(nameof(_words))] string word) =>
        Check($"mobilenet_v2-{word}-1222121", 0.1, 45, 52, new OnnxOptions());

    // A ResNet18 has no narrow form, and 11 million parameters: the others are in the table.
    [Test]
    public void Methods_in_ResNet18_compute_the_same([Values("skip", "nlp")] string word) => Check($"resnet18-{word}-1222", 1, 36, 33, new OnnxOptions());

    [Test]
    public void Options_and_prepools_compute_the_same([ValueSource(nameof(_variants))] string label) =>
        Check(label, 0.1, 69, 66, new OnnxOptions());

    [TestCase("mobilenet_v2-nlp_headfix2-1222121", 0.1)]
    [TestCase("mobilenet_v2-lip_original-1222121", 0.1)]
    public void A_folded_batch_norm_computes_the_same(string label, double width) => Check(label, width, 40, 40, new OnnxOptions(Fold: true));

    [Test]
    public void Attention_as_one_operator_computes_the_same() => Check("mobilenet_v2-nlp_headfix2-1222121", 0.1, 40, 40, new OnnxOptions(Opset: 23));

    [Test]
    public void A_fixed_batch_computes_the_same() => Check("mobilenet_v2-cap-1222121", 0.1, 64, 64, new OnnxOptions(Batch: 3));

    [TestCase("ssd-mobilenet_v2-nlp_headfix2_reduced-1222121", 160)]
    [TestCase("yolov3-mobilenet_v2-lip-1222121", 64)]
    public void A_detector_computes_the_same(string label, int size)
    {
        using Detector detector = DetectorArchitecture.Parse(label).Create(Devices.Cpu, new NetworkOptions(3, 0.1));
        OnnxCheck.Scatter(detector);
        Assert.That(OnnxCheck.Difference(detector, detector.ExportOnnx, size, size, batches: [1]), Is.Below(OnnxCheck.Tolerance));
    }

    // Debian's package knows operators up to version 17.
    [Test]
    [Category("Nightly")]
    public void The_checker_of_ONNX_accepts_every_method()
    {
        using var folder = new TemporaryFolder();
        foreach (string label in _words.Select(word => $"mobilenet_v2-{word}-1222121").Concat(_variants))
        {
            using var network = Network.Create(Devices.Cpu, Architecture.Parse(label), new NetworkOptions(7, 0.1, Seed: 3));
            network.ExportOnnx(folder[$"{label}.onnx"], 69, 66);
        }
        Python.Run($"import glob, onnx\nfor file in sorted(glob.glob('{folder.Path}/*.onnx')): onnx.checker.check_model(file, full_check=True)");
    }

    [Test]
    [Category("Nightly")]
    public void Networks_of_torchvision_compute_the_same([ValueSource(nameof(_torchvision))] string label) => Check(label, 1, 149, 149, new OnnxOptions());

    private static void Check(string label, double width, int height, int columns, OnnxOptions options, int[]? batches = null, int rounds = 1)
    {
        using var network = Network.Create(Devices.Cpu, Architecture.Parse(label), new NetworkOptions(7, width, Seed: 3));
        OnnxCheck.Scatter(network);
        Assert.That(OnnxCheck.Difference(network, network.ExportOnnx, height, columns, options, batches, rounds), Is.Below(OnnxCheck.Tolerance));
    }
}
