using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Tests.Models.Detection;

public sealed class YoloTests
{
    private static readonly PictureFrame _frame = new(64, 64);

    [TestCase("yolov3-mobilenet_v2-skip-1222121")]
    [TestCase("yolov3-resnet18-skip-1222")]
    public void Maps_go_from_the_coarsest_to_the_finest(string label)
    {
        using Detector detector = DetectorArchitecture.Parse(label).Create(Device.ShapeOnly, new NetworkOptions(8));
        IReadOnlyList<Tensor> maps = detector.Maps(Tensor.Leaf(Device.ShapeOnly.Allocate(new Shape(1, 320, 608, 3))));
        Assert.That(maps.Select(map => map.Shape), Is.EqualTo(new[] { new Shape(1, 10, 19, 39), new Shape(1, 20, 38, 39), new Shape(1, 40, 76, 39) }));
    }

    [Test]
    public void The_loss_is_the_sum_of_its_parts_and_reaches_every_weight_but_those_behind_the_maps()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Detector detector = Small();
        detector.Training = true;
        DetectorLoss loss = detector.Loss(Pictures(2), [_frame, _frame], [[new LabelledBox(new Box(8, 8, 56, 56), 3)], []]);
        loss.Total.Backward();
        Assert.That(loss.Parts.Select(part => part.Name), Is.EqualTo(new[] { "class_loss", "confidence_loss", "centre_loss", "size_loss" }));
        Assert.That(loss.Total.Item(), Is.EqualTo(loss.Parts.Sum(part => part.Value.Item())).Within(1e-4));
        Assert.That(detector.Parameters.Where(entry => entry.Parameter.Gradient is null).Select(entry => entry.Name), Is.All.StartsWith("backbone.net.conv2."));
    }

    [Test]
    public void Training_moves_the_boxes_of_a_picture_to_its_objects()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Detector detector = Small();
        detector.Training = true;
        LabelledBox[] objects = [new(new Box(4, 4, 40, 36), 2), new(new Box(30, 20, 62, 60), 5)];
        Tensor pictures = Pictures(2);
        using var optimiser = new Adam(detector.Parameters, 3e-3);
        for (int step = 0; step < 40; step++)
        {
            using ArrayScope own = Devices.Cpu.OpenScope();
            detector.Loss(pictures, [_frame, _frame], [[objects[0]], [objects[1]]]).Total.Backward();
            optimiser.Step();
        }
        IReadOnlyList<IReadOnlyList<DetectedBox>> found = detector.Detect(pictures, [_frame, new PictureFrame(64, 64, 2, 0.5f)]);
        Assert.That(found.Select(own => own[0].Label), Is.EqualTo(objects.Select(item => item.Label)));
        Box first = found[0][0].Box, second = found[1][0].Box;
        Assert.That(new[] { first.X1, first.Y1, first.X2, first.Y2 }, Is.EqualTo(new[] { 4f, 4, 40, 36 }).Within(5));
        Assert.That(new[] { second.X1 * 2, second.Y1 / 2, second.X2 * 2, second.Y2 / 2 }, Is.EqualTo(new[] { 30f, 20, 62, 60 }).Within(5));
    }

    private static Detector Small() => DetectorArchitecture.Parse("yolov3-mobilenet_v2-skip-1222121").Create(Devices.Cpu, new NetworkOptions(8, 0.1));

    private static Tensor Pictures(int count)
    {
        var shape = new Shape(count, 64, 64, 3);
        return Tensor.Leaf(Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 1), DType.Float32));
    }
}
