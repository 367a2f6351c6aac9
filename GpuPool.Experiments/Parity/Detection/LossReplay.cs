using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Losses of elements and rows, with weights and divisors, and their gradients.</summary>
internal static class LossReplay
{
    private const double Float64Tolerance = 1e-10, Float32Tolerance = 1e-4;

    /// <summary>Of mmdetection and of PyTorch.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("mmdet losses", ReplayKind.Both, Mmdetection),
        new("torch losses, all reduction sum except cross_entropy (per row; its gradient is of the sum)", ReplayKind.Both, Torchvision),
    ];

    private static IEnumerable<ReplayedTensor> Mmdetection(Device device, Recording recording, DType type)
    {
        Tensor Constant(string name) => Tensor.Leaf(recording.Plain(device, name, type).Value);
        double factor = 1 / (recording.Number<double>("avg_factor") + DetectorLoss.DivisorEpsilon);
        Tensor weights = Constant("weight"), boxWeights = Constant("weight4"), target = Constant("target");
        int rows = weights.Shape[0], classes = recording.ShapeOf("logits")[1];
        Tensor ofClasses = weights.Reshape(new Shape(rows, 1)).Broadcast(new Shape(rows, classes)), ofOne = weights.Reshape(new Shape(rows, 1));
        // There a target is rounded to float32.
        Tensor soft = Tensor.Leaf(device.Upload(ofClasses.Shape, Array.ConvertAll(recording.Values("soft_target"), value => (double)(float)value), type));
        // Label 0 is an object, 1 background.
        Tensor objects = Tensor.Leaf(device.Upload(new Shape(rows, 1), [.. recording.Integers("rpn_labels").Select(label => 1.0 - label)], type));
        IEnumerable<ReplayedTensor> Loss(string name, string input, Func<Tensor, Tensor> losses, double scale) => Replay(device, recording, type, name, input, x => losses(x).Sum().Scale(scale));
        return
        [
            .. Loss("softmax", "logits", x => x.CrossEntropy(Constant("labels"), weights), factor),
            .. Loss("l1", "pred", x => x.SmoothL1(target, boxWeights, beta: 0), factor),
            .. Loss("smooth_l1", "pred", x => x.SmoothL1(target, boxWeights), factor),
            .. Loss("mse_sum_x2", "pred", x => x.SquareLoss(target, boxWeights), 2),
            .. Loss("bce_sum_x2", "logits", x => x.BinaryCrossEntropy(soft, ofClasses), 2),
            .. Loss("rpn_bce", "rpn_logits", x => x.BinaryCrossEntropy(objects, ofOne), factor),
        ];
    }

    private static IEnumerable<ReplayedTensor> Torchvision(Device device, Recording recording, DType type)
    {
        Tensor Constant(string name) => Tensor.Leaf(recording.Plain(device, name, type).Value);
        Tensor target = Constant("target"), binary = Constant("binary_target");
        IEnumerable<ReplayedTensor> Loss(string name, string input, Func<Tensor, Tensor> losses) => Replay(device, recording, type, name, input, losses);
        return
        [
            .. Loss("cross_entropy", "logits", x => x.CrossEntropy(Constant("labels"))),
            .. Loss("bce", "logits", x => x.BinaryCrossEntropy(binary).Sum()),
            .. Loss("focal", "logits", x => Focal(x, binary, recording.Number<double>("focal_alpha")).Sum()),
            .. Loss("l1", "pred", x => x.SmoothL1(target, beta: 0).Sum()),
            .. Loss("smooth_l1.1", "pred", x => x.SmoothL1(target).Sum()),
            .. Loss("smooth_l1.1_9", "pred", x => x.SmoothL1(target, beta: 1.0 / 9).Sum()),
            .. Loss("mse", "pred", x => x.SquareLoss(target).Sum()),
        ];
    }

    // Binary cross-entropy times alpha, or 1 - alpha of the other class, and the square of the probability of the wrong one (Lin et al., 2017).
    private static Tensor Focal(Tensor x, Tensor target, double alpha)
    {
        double[] wanted = target.Value.ToDoubles();
        Tensor Constant(Func<double, double> value) => Tensor.Leaf(x.Device.Upload(x.Shape, Array.ConvertAll(wanted, t => value(t)), x.DType));
        // The sign turns the logit of the class into that of the other.
        Tensor wrong = x.Multiply(Constant(t => 1 - 2 * t)).Sigmoid();
        return x.BinaryCrossEntropy(target).Multiply(wrong).Multiply(wrong).Multiply(Constant(t => t * alpha + (1 - t) * (1 - alpha)));
    }

    private static ReplayedTensor[] Replay(Device device, Recording recording, DType type, string name, string input, Func<Tensor, Tensor> loss)
    {
        double tolerance = type == DType.Float64 ? Float64Tolerance : Float32Tolerance;
        Tensor x = recording.Plain(device, input, type), y = loss(x);
        y.Sum().Backward();
        double[] gradient = x.Gradient!.ToDoubles();
        x.Gradient.Dispose();
        return [new(name, y.Value.ToDoubles(), recording.Values(name), tolerance), new(Recording.Gradient + name, gradient, recording.Values(Recording.Gradient + name), tolerance)];
    }
}
