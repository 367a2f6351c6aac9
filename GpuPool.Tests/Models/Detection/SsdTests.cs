using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Tests.Models.Detection;

public sealed class SsdTests
{
    private static readonly PictureFrame _frame = new(64, 64);

    [TestCase("ssd-mobilenet_v2-skip-1222121", 320, new[] { 20, 10, 5, 3, 2, 1 }, 3234)]
    [TestCase("ssd300-mobilenet_v2-skip-1222121", 300, new[] { 38, 19, 10, 5, 3, 1 }, 8732)]
    [TestCase("ssd300-resnet18-skip-1222", 300, new[] { 38, 19, 10, 5, 3, 1 }, 8732)]
    public void Maps_and_anchors_are_those_of_the_original(string label, int size, int[] sides, int anchors)
    {
        using Detector detector = DetectorArchitecture.Parse(label).Create(new NetworkOptions(8));
        IReadOnlyList<Tensor> maps = Shapes(detector, size);
        Assert.That(maps.Select(map => (map.Shape[1], map.Shape[2])), Is.EqualTo(sides.Concat(sides).Select(side => (side, side))));
        Assert.That(maps.Take(sides.Length).Sum(map => map.Shape.Count) / 9, Is.EqualTo(anchors));
        Assert.That(maps.Skip(sides.Length).Sum(map => map.Shape.Count) / 4, Is.EqualTo(anchors));
    }

    // One positive and three negatives, all scores equal at first: 4 ln 9.
    [Test]
    public void The_loss_at_the_start_is_four_times_that_of_guessing()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Detector detector = Small();
        detector.Training = true;
        DetectorLoss loss = detector.Loss(Pictures(2), [_frame, _frame], [[new LabelledBox(new Box(8, 8, 56, 56), 3)], [new LabelledBox(new Box(0, 0, 30, 60), 0)]]);
        Assert.That(loss.Parts.Select(part => part.Name), Is.EqualTo(new[] { "class_loss", "box_loss" }));
        Assert.That(loss.Parts[0].Value.Item(), Is.EqualTo(4 * Math.Log(9)).Within(0.05));
        Assert.That(loss.Total.Item(), Is.EqualTo(loss.Parts.Sum(part => part.Value.Item())).Within(1e-5));
    }

    [Test]
    public void Pictures_without_objects_have_no_loss_and_no_gradient()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Detector detector = Small();
        detector.Training = true;
        DetectorLoss loss = detector.Loss(Pictures(2), [_frame, _frame], [[], []]);
        loss.Total.Backward();
        Assert.That(loss.Total.Item(), Is.Zero);
        Assert.That(detector.Parameters.SelectMany(entry => entry.Parameter.Gradient!.ToDoubles()), Is.All.Zero);
    }

    [Test]
    public void Training_moves_the_boxes_of_a_picture_to_its_objects()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Detector detector = Small();
        detector.Training = true;
        LabelledBox[] objects = [new(new Box(4, 4, 40, 36), 2), new(new Box(30, 20, 62, 60), 5)];
        Tensor pictures = Pictures(2);
        using var optimiser = new Sgd(detector.Parameters, 0.02, momentum: 0.9);
        for (int step = 0; step < 40; step++)
        {
            using ArrayScope own = Devices.Cpu.OpenScope();
            detector.Loss(pictures, [_frame, _frame], [[objects[0]], [objects[1]]]).Total.Backward();
            optimiser.Step();
        }
        // Batch statistics, as the running ones lag behind.
        IReadOnlyList<IReadOnlyList<DetectedBox>> found = detector.Detect(pictures, [_frame, new PictureFrame(64, 64, 2, 0.5f)]);
        Assert.That(found.Select(own => own[0].Label), Is.EqualTo(objects.Select(item => item.Label)));
        Box first = found[0][0].Box, second = found[1][0].Box;
        Assert.That(new[] { first.X1, first.Y1, first.X2, first.Y2 }, Is.EqualTo(new[] { 4f, 4, 40, 36 }).Within(4));
        Assert.That(new[] { second.X1 * 2, second.Y1 / 2, second.X2 * 2, second.Y2 / 2 }, Is.EqualTo(new[] { 30f, 20, 62, 60 }).Within(4));
    }

    private static Detector Small() => DetectorArchitecture.Parse("ssd-mobilenet_v2-skip-1222121").Create(Devices.Cpu, new NetworkOptions(8, 0.1));

    private static Tensor Pictures(int count)
    {
        var shape = new Shape(count, 64, 64, 3);
        return Tensor.Leaf(Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 1), DType.Float32));
    }

    private static IReadOnlyList<Tensor> Shapes(Detector detector, int size)
    {
        detector.Allocate(Device.ShapeOnly);
        return detector.Maps(Tensor.Leaf(Device.ShapeOnly.Allocate(new Shape(1, size, size, 3))));
    }
}
