using GpuPool.Experiments;
using GpuPool.Experiments.Parity;
using GpuPool.Kernels;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Experiments;

/// <summary><c>parity</c> with recordings of the parts of detectors.</summary>
public sealed class DetectionParityTests
{
    private static readonly string[] _boxes =
    [
        .. new[] { "overlaps", "nms-0", "nms-1", "multiclass-nms-per-class", "multiclass-nms-shared-boxes", "coder-delta-rpn", "coder-delta-ssd", "coder-yolo", "anchors-rpn",
            "anchors-ssd300-coco", "anchors-ssd300-voc", "anchors-ssd320", "anchors-yolo", "assign-grid", "assign-rcnn", "assign-rpn", "assign-ssd" }.Select(file => $"mmdet/{file}"),
        .. new[] { "box-iou", "nms-0", "nms-1", "nms-2", "nms-3", "nms-threshold", "batched-nms-0", "box-coder-0", "box-coder-1", "anchors-rpn", "anchors-ssd300", "matcher-roi",
            "matcher-rpn", "matcher-ssd" }.Select(file => $"torchvision/{file}"),
    ];

    private static readonly string[] _pipeline =
    [
        "resize-sizes.safetensors", "resize-bilinear.safetensors", "hsv.safetensors", "schedule-ssd.safetensors", "schedule-faster-rcnn.safetensors", "schedule-yolov3.safetensors",
        "coco-mini-train.json",
        .. Enumerable.Range(0, 5).SelectMany(number => new[] { $"photometric-{number}.safetensors", $"ssd-train-{number}.safetensors" }),
    ];

    private static readonly string[] _ssd =
        ["mmdet/ssd-neck-head-train", "mmdet/ssd-neck-head-eval", "mmdet/ssd-loss-plain", "mmdet/ssd-loss-edge", "mmdet/ssd-detections", "torchvision/ssd-loss"];

    private static readonly string[] _regions =
    [
        .. new[] { "roi-align-sampling0", "roi-align-sampling2", "losses", "fpn", "rpn-loss", "rpn-proposals", "roi-levels", "roi-head-loss", "roi-head-detections" }
            .Select(file => $"mmdet/{file}"),
        .. new[] { "roi-align-aligned-sampling0", "roi-align-aligned-sampling2", "roi-align-aligned-samplingm1", "roi-align-legacy-sampling0", "roi-align-legacy-sampling2",
            "roi-align-legacy-samplingm1", "losses", "fpn", "rpn", "roi-loss", "roi-detections" }.Select(file => $"torchvision/{file}"),
    ];

    private static readonly string[] _yolo = ["mmdet/yolo-neck-head-train", "mmdet/yolo-head-initial-bias", "mmdet/yolo-loss", "mmdet/yolo-detections"];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [TestCaseSource(nameof(_boxes))]
    [TestCaseSource(nameof(_ssd))]
    [TestCaseSource(nameof(_regions))]
    [TestCaseSource(nameof(_yolo))]
    public void Parts_of_detectors_agree(string file)
    {
        ParityResult result = ParityResult.Of(Devices.Cpu, Shared.Require($"golden/detection/{file}.safetensors"));
        Assert.That(result.Passed, result.ToString());
    }

    [TestCaseSource(nameof(_pipeline))]
    public void Pictures_and_rates_agree(string file)
    {
        ParityResult result = ParityResult.Of(Devices.Cpu, Shared.Require($"golden/detection/pipeline/{file}"));
        Assert.That(result.Passed, result.ToString());
        Assert.That(result.NotCompared, Is.Null);
    }

    [TestCase("frcnn-resnet18-skip-1222")]
    [TestCase("ssd-mobilenet-skip-1222121")]
    [TestCase("yolo-mobilenet-skip-1222121")]
    [TestCase("ssd-mobilenet_v2-nlp_headfix2_nowin_reduced-1222121")]
    [Category("Nightly")]
    public void Whole_detectors_agree(string file) => Parts_of_detectors_agree($"network/{file}");

    [Test]
    public void Precisions_and_recalls_agree()
    {
        ParityResult result = ParityResult.Of(Devices.Cpu, Shared.Require("golden/detection/eval/coco-mini-street8.json"));
        Assert.That(result.Passed, result.ToString());
    }

    [Test]
    public void A_choice_must_be_the_same_to_the_last_index()
    {
        Record("right", [0, 2]);
        Record("wrong", [0, 1]);
        CommandLine run = CommandLine.Run("parity", _folder.Path, "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.CheckFailed), run.Error);
        Assert.That(run.Output, Does.Contain("passed  right:").And.Contain("FAILED  wrong: worst keep"));
    }

    [Test]
    public void A_folder_stands_for_what_is_in_it_once_and_without_what_describes_it()
    {
        Record("one", [0, 2]);
        File.WriteAllText(_folder["README.md"], "What these are.");
        CommandLine run = CommandLine.Run("parity", _folder.Path, _folder["one"], _folder["README.md"], "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_folder_without_a_recording_is_an_error() =>
        Assert.That(CommandLine.Run("parity", _folder.Path, "--device", "cpu").Line, Does.Contain("no recording is among the files named"));

    [Test]
    public void An_unknown_op_fails()
    {
        SafetensorsFile.Write(_folder["unknown"], [], new Dictionary<string, string> { ["op"] = "softer_nms" });
        Assert.That(CommandLine.Run("parity", _folder["unknown"], "--device", "cpu").Output, Does.Contain("FAILED  unknown: unknown op 'softer_nms'"));
    }

    // Two boxes that overlap by four fifths, and one apart.
    private void Record(string name, long[] keep) => SafetensorsFile.Write(
        _folder[name],
        [
            new SafetensorsTensor("boxes", new Shape(3, 4), [0.0, 0, 10, 1, 0, 0, 8, 1, 20, 0, 30, 1]), new SafetensorsTensor("scores", new Shape(3), [0.9, 0.8, 0.7]),
            new SafetensorsTensor("keep", new Shape(keep.Length), keep),
        ],
        new Dictionary<string, string> { ["op"] = "nms", ["iou_threshold"] = "0.5" });
}
