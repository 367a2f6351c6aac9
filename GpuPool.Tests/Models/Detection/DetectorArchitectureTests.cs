using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Detection;

namespace GpuPool.Tests.Models.Detection;

public sealed class DetectorArchitectureTests
{
    [TestCase("ssd-mobilenet_v2-skip-1222121")]
    [TestCase("ssd300-resnet18-lip-1222")]
    [TestCase("yolov3-mobilenet-skip-1222121")]
    [TestCase("ssd-mobilenet_v2-nlp_headfix2_nowin_reduced-1222121")]
    [TestCase("ssd-prepool-maxp-2-mobilenet-maxp-1222121")]
    public void A_label_is_read_and_written(string label)
    {
        Assert.That(DetectorArchitecture.IsDetector(label));
        Assert.That(DetectorArchitecture.Parse(label).ToString(), Is.EqualTo(label));
    }

    [Test]
    public void A_classifier_is_no_detector() => Assert.That(DetectorArchitecture.IsDetector("resnet18-skip-1222"), Is.False);

    [TestCase("sdd-resnet18-skip-1222", "architecture 'sdd-resnet18-skip-1222': unknown detector 'sdd'; known are ssd, ssd300, ")]
    [TestCase("ssd", "architecture 'ssd': the form is DETECTOR-BACKBONE-POOL-STRIDES, such as ssd-mobilenet_v2-nlp_headfix2-1222121")]
    [TestCase("ssd-resnet18-skip-122", "the strides of resnet18 must be 4 digits")]
    [TestCase("ssd-mobilenet_v2-cap-1222121", "'cap' pools before a classifier, which a detector has not")]
    public void A_bad_label_says_what_would_be_right(string label, string message) =>
        Assert.That(() => DetectorArchitecture.Parse(label), Throws.TypeOf<ArchitectureException>().With.Message.Contain(message));

    [TestCase("ssd-resnet18-skip-1111", 1, 8, "the detector takes a map of stride 16, but those of the backbone have 4")]
    [TestCase("ssd-resnet18-skip-1222", 0.5, 8, "the width of resnet18 must be 1, but is 0.5")]
    [TestCase("ssd-resnet18-skip-1222", 1, 0, "a detector must have at least one class, but has 0")]
    public void What_does_not_fit_is_refused(string label, double width, int classes, string message) => Assert.That(
        () => DetectorArchitecture.Parse(label).Create(new NetworkOptions(classes, width)), Throws.TypeOf<ArchitectureException>().With.Message.Contain(message));

    // The released detectors, without the classifier that they carry and do not use.
    [TestCase("ssd-mobilenet_v2-skip-1222121", 3_134_100)]
    [TestCase("ssd-mobilenet_v2-lip-1222121", 3_166_236)]
    [TestCase("ssd-mobilenet_v2-gaussian_pool-1222121", 3_183_144)]
    [TestCase("ssd-mobilenet_v2-nlp_headfix2_nowin_reduced-1222121", 3_432_644)]
    [TestCase("ssd-resnet18-skip-1222", 11_829_332)]
    [TestCase("ssd-resnet18-lip-1222", 12_176_084)]
    [TestCase("ssd-resnet18-gaussian_pool-1222", 12_352_148)]
    [TestCase("ssd-resnet18-nlp_headfix2_nowin_reduced-1222", 14_181_204)]
    [TestCase("yolov3-mobilenet_v2-skip-1222121", 3_674_837)]
    [TestCase("yolov3-mobilenet-lip-1222121", 3_686_413)]
    [TestCase("yolov3-mobilenet_v2-gaussian_pool-1222121", 3_723_881)]
    [TestCase("yolov3-mobilenet_v2-nlp_headfix2_nowin_reduced-1222121", 3_973_381)]
    [TestCase("yolov3-resnet18-skip-1222", 16_442_421)]
    [TestCase("yolov3-resnet18-lip-1222", 16_789_173)]
    [TestCase("yolov3-resnet18-gaussian_pool-1222", 16_965_237)]
    [TestCase("yolov3-resnet18-nlp_headfix2_nowin_reduced0211-1222", 18_794_293)]
    [TestCase("yolov3-resnet18-nlp_headfix2_nowin_reduced0842-1222", 21_546_805)]
    public void Parameters_are_those_of_the_released_detectors(string label, int count)
    {
        using Detector detector = DetectorArchitecture.Parse(label).Create(new NetworkOptions(8));
        Assert.That(detector.States.Where(entry => entry.State.IsParameter).Sum(entry => entry.State.Shape.Count), Is.EqualTo(count));
    }

    // Backbone, neck and head, of the last in Faster R-CNN only what looks at maps. YOLOv3 has no use for the last 1x1 convolution of MobileNetV2, which mmdetection computes in vain;
    // and of a Gaussian pool a test there leaves out the deviation, a 1x1 convolution of the pooled map, which counts here.
    [TestCase("ssd-mobilenet-skip-1222121", 320, 320, 611_212_800L + 38_550_976 + 17_534_976)]
    [TestCase("ssd-mobilenet_v2-lip-1222121", 320, 320, 784_492_800L + 38_550_976 + 17_534_976)]
    [TestCase("ssd-mobilenet_v2-gaussian_pool-1222121", 320, 320, 746_431_296L + 15_648 + 38_550_976 + 17_534_976)]
    [TestCase("ssd-mobilenet_v2-nlp_headfix2_nowin_reduced-1222121", 320, 320, 822_585_600L + 38_550_976 + 17_534_976)]
    [TestCase("ssd-resnet18-skip-1222", 320, 320, 3_701_145_600L + 18_890_176 + 16_306_176)]
    [TestCase("ssd-resnet18-lip-1222", 320, 320, 11_565_465_600L + 18_890_176 + 16_306_176)]
    [TestCase("ssd-resnet18-gaussian_pool-1222", 320, 320, 11_251_236_864L + 172_032 + 18_890_176 + 16_306_176)]
    [TestCase("ssd-resnet18-nlp_headfix2_nowin_reduced-1222", 320, 320, 11_880_038_400L + 18_890_176 + 16_306_176)]
    [TestCase("faster_rcnn-resnet18-skip-1222", 320, 512, 5_921_832_960L + 8_336_179_200 + 8_097_576_960)]
    [TestCase("faster_rcnn-resnet18-lip-1222", 320, 512, 18_504_744_960L + 8_336_179_200 + 8_097_576_960)]
    [TestCase("faster_rcnn-resnet18_v2-gaussian_pool-1222", 320, 512, 11_207_000_064L + 172_032 + 8_336_179_200 + 8_097_576_960)]
    [TestCase("faster_rcnn-resnet18-nlp_reduced-1222", 320, 512, 19_008_061_440L + 8_336_179_200 + 8_097_576_960)]
    [TestCase("yolov3-mobilenet-skip-1222121", 320, 320, 611_212_800L - 40_960_000 + 808_857_600 + 182_044_800)]
    [TestCase("yolov3-mobilenet-lip-1222121", 320, 320, 556_736_000L - 40_960_000 + 808_857_600 + 182_044_800)]
    [TestCase("yolov3-mobilenet_v2-gaussian_pool-1222121", 320, 320, 746_431_296L + 15_648 - 40_960_000 + 808_857_600 + 182_044_800)]
    [TestCase("yolov3-mobilenet_v2-nlp_headfix2_nowin_reduced-1222121", 320, 320, 822_585_600L - 40_960_000 + 808_857_600 + 182_044_800)]
    [TestCase("yolov3-resnet18-skip-1222", 320, 320, 3_701_145_600L + 845_414_400 + 367_872_000)]
    [TestCase("yolov3-resnet18-lip-1222", 320, 320, 11_565_465_600L + 845_414_400 + 367_872_000)]
    [TestCase("yolov3-resnet18-gaussian_pool-1222", 320, 320, 11_251_236_864L + 172_032 + 845_414_400 + 367_872_000)]
    [TestCase("yolov3-resnet18-nlp_headfix2_nowin_reduced0211-1222", 320, 320, 11_880_038_400L + 845_414_400 + 367_872_000)]
    [TestCase("yolov3-resnet18-nlp_headfix2_nowin_reduced0842-1222", 320, 320, 11_880_038_400L + 845_414_400 + 367_872_000)]
    public void Multiply_adds_of_convolutions_are_those_of_the_released_detectors(string label, int height, int width, long count)
    {
        using Detector detector = DetectorArchitecture.Parse(label).Create(new NetworkOptions(8));
        Cost cost = Cost.Of(detector, new Shape(1, height, width, 3));
        Assert.That(cost.Layers.Where(layer => layer.Part == CostPart.Convolution).Sum(layer => layer.MultiplyAdds), Is.EqualTo(count));
    }
}
