using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Tests.Models.Detection;

public sealed class FasterRcnnTests
{
    private static readonly FasterRcnnOptions _small = new()
    {
        Classes = 2,
        Channels = 4,
        Proposals = new() { Samples = 16, TrainingCandidatesPerLevel = 30, CandidatesPerLevel = 30, MostProposals = 20 },
        Head = new() { Width = 8, Samples = 12, Bins = 3, ScoreThreshold = 0.2 },
    };

    [TestCase("resnet18-skip-1222", 28_315_256)]
    [TestCase("resnet18-lip-1222", 28_662_008)]
    [TestCase("resnet18_v2-gaussian_pool-1222", 28_838_072)]
    [TestCase("resnet18-nlp_reduced-1222", 30_667_128)]
    public void Parameters_are_those_of_the_released_detectors(string label, int expected)
    {
        using var detector = new FasterRcnn(Architecture.Parse(label));
        Assert.That(detector.States.Where(entry => entry.State.IsParameter).Sum(entry => entry.State.Shape.Count), Is.EqualTo(expected));
    }

    [Test]
    public void Multiply_adds_of_the_maps_are_those_of_the_released_detector()
    {
        using var detector = new FasterRcnn(Architecture.Parse("resnet18-skip-1222"));
        ModuleTrace trace = ModuleTrace.Of(detector, new Shape(1, 320, 512, 3));
        Assert.That(trace.Ops.Sum(op => op.MultiplyAdds), Is.EqualTo(5_921_832_960 + 8_336_179_200 + 8_097_576_960));
    }

    [Test]
    public void Names_are_those_of_mmdetection()
    {
        using var detector = new FasterRcnn(Architecture.Parse("resnet18-skip-1222"));
        Assert.That(detector.States.Select(entry => entry.Name), Is.SupersetOf(new[]
        {
            "backbone.net.layer4.1.bn2.running_var", "neck.lateral_convs.3.conv.weight", "neck.fpn_convs.0.conv.bias", "rpn_head.rpn_conv.weight", "rpn_head.rpn_cls.bias",
            "rpn_head.rpn_reg.weight", "roi_head.bbox_head.shared_fcs.1.bias", "roi_head.bbox_head.fc_cls.weight", "roi_head.bbox_head.fc_reg.weight",
        }));
    }

    [TestCase("mobilenet_v2-skip-1222121")]
    [TestCase("vgg16_bn-skip-22222")]
    [TestCase("densenet121-skip-1222")]
    public void Any_backbone_will_do(string label)
    {
        using var detector = new FasterRcnn(Architecture.Parse(label), _small);
        ModuleTrace.Of(detector, new Shape(1, 96, 128, 3));
    }

    [Test]
    public void Losses_reach_every_parameter_and_fall()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using FasterRcnn detector = Small();
        using var optimiser = new Sgd(detector.Parameters, learningRate: 0.02, momentum: 0.9);
        List<double> losses = [];
        for (int step = 0; step < 12; step++)
        {
            DetectorLoss loss = detector.Loss(Images(), Frames, Objects);
            Assert.That(loss.Parts.Select(part => part.Name), Is.EqualTo(new[] { "proposal_class_loss", "proposal_box_loss", "class_loss", "box_loss" }));
            Assert.That(loss.Total.Item(), Is.EqualTo(loss.Parts.Sum(part => part.Value.Item())).Within(1e-5));
            loss.Total.Backward();
            Assert.That(detector.Parameters.Where(entry => entry.Parameter.Gradient is null).Select(entry => entry.Name), Is.Empty);
            optimiser.Step();
            losses.Add(loss.Total.Item());
        }
        Assert.That(losses[^1], Is.Below(0.8 * losses[0]));
    }

    [Test]
    public void The_same_step_has_the_same_bits_and_the_next_draws_anew()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double Loss(uint step)
        {
            using FasterRcnn detector = Small();
            detector.ResumeAt(step);
            return detector.Loss(Images(), Frames, Objects).Total.Item();
        }
        (double loss, double again, double next) = (Loss(3), Loss(3), Loss(4));
        Assert.That(again, Is.EqualTo(loss));
        Assert.That(next, Is.Not.EqualTo(loss));
    }

    [Test]
    public void A_batch_that_shows_nothing_has_a_loss_and_gradients()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using FasterRcnn detector = Small();
        DetectorLoss loss = detector.Loss(Images(), Frames, [[], []]);
        loss.Total.Backward();
        Assert.That(loss.Parts.Where(part => part.Name.EndsWith("box_loss", StringComparison.Ordinal)).Select(part => part.Value.Item()), Is.All.Zero);
        Assert.That(loss.Total.Item(), Is.Positive.And.Not.EqualTo(double.PositiveInfinity));
    }

    [Test]
    public void Without_a_region_nothing_is_lost_and_nothing_found()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using var head = new RoiHead(4, 2, [4, 8], _small.Head);
        head.Allocate(Devices.Cpu);
        Tensor[] levels = [Leaf(new Shape(1, 8, 8, 4)), Leaf(new Shape(1, 4, 4, 4))];
        RoiPrediction prediction = head.Call(levels, [[]]);
        Assert.That(head.Detect(prediction, [[]], [new PictureFrame(32, 32)])[0], Is.Empty);
        RoiLoss loss = head.Loss(prediction, head.Targets([[]], [[]]));
        loss.Class.Add(loss.Box).Backward();
        Assert.That(loss.Class.Item() + loss.Box.Item(), Is.Zero);
        Assert.That(head.Parameters.SelectMany(entry => entry.Parameter.Gradient?.ToDoubles() ?? []), Is.All.Zero);
    }

    [Test]
    public void Detections_lie_in_the_picture_and_the_best_come_first()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using FasterRcnn detector = Small();
        detector.Training = false;
        long live = Devices.Cpu.LiveBytes;
        IReadOnlyList<IReadOnlyList<DetectedBox>> found = detector.Detect(Images(), Frames);
        Assert.That(found.Select(own => own.Count), Has.Some.Positive);
        foreach ((IReadOnlyList<DetectedBox> own, PictureFrame frame) in found.Zip(Frames))
        {
            Assert.That(own.Select(box => box.Score), Is.Ordered.Descending);
            Assert.That(own.Select(box => box.Box), Is.All.Matches<Box>(box => box.X1 >= 0 && box.Y1 >= 0 && box.X2 <= frame.Width / frame.ScaleX && box.Y2 <= frame.Height / frame.ScaleY));
        }
        Assert.That(Devices.Cpu.LiveBytes - live, Is.NoMoreThan(2 * 64 * 96 * 3 * sizeof(float)), "but for the images nothing is left");
    }

    private static PictureFrame[] Frames => [new(96, 64, 1.5f, 2), new(60, 40)];

    private static LabelledBox[][] Objects => [[new(new Box(10, 12, 50, 44), 0), new(new Box(40, 8, 90, 60), 1)], [new(new Box(5, 5, 37, 36), 1)]];

    private static Tensor Images() => Leaf(new Shape(2, 64, 96, 3));

    private static Tensor Leaf(Shape shape) => Tensor.Leaf(Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, 5), DType.Float32));

    private static FasterRcnn Small()
    {
        var detector = new FasterRcnn(Architecture.Parse("mobilenet_v2-skip-1222121"), _small, width: 0.1);
        detector.Allocate(Devices.Cpu, seed: 2);
        detector.Training = true;
        return detector;
    }
}
