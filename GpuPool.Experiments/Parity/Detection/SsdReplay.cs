using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>The parts of SSD behind its backbone.</summary>
internal static class SsdReplay
{
    // Targets are float32 in mmdetection, whatever the predictions are.
    private const double ModuleTolerance = 1e-10, LossTolerance = 2e-6, Float32Tolerance = 1e-4;

    /// <summary>Neck and head, losses and detections of mmdetection, and torchvision's losses.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("SSDNeck + SSDHead forward/backward", ReplayKind.Both, NeckAndHead), new("SSDHead.loss", ReplayKind.Both, Loss),
        new("SSDHead.get_bboxes", ReplayKind.Narrow, Detections), new("torchvision SSD.compute_loss", ReplayKind.Both, TorchvisionLoss),
    ];

    private static IEnumerable<ReplayedTensor> NeckAndHead(Device device, Recording recording, DType type)
    {
        double tolerance = type == DType.Float64 ? ModuleTolerance : Float32Tolerance;
        int[] channels = recording.Json<int[]>("channels");
        var options = new SsdOptions { Classes = recording.Number<int>("classes") };
        options = options with { Extra = [.. channels[^options.Extra.Count..].Zip(options.Extra, (count, level) => level with { Channels = count })] };
        using var parts = new NeckWithHead(channels, options);
        parts.Allocate(device, type);
        recording.LoadState(parts);
        parts.Training = recording.Required("mode") == "train";
        Tensor[] maps = recording.Maps(device, "input", type);
        IReadOnlyList<Tensor> levels = parts.Neck.Call(maps);
        SsdPrediction prediction = parts.Head.Call(levels);
        return
        [
            .. recording.CompareMaps("feature", levels, tolerance),
            .. recording.CompareMaps("cls_score", prediction.Classes, tolerance), .. recording.CompareMaps("bbox_pred", prediction.Boxes, tolerance),
            .. AfterBackward(),
        ];

        IEnumerable<ReplayedTensor> AfterBackward()
        {
            // One scalar whose gradients are those that were recorded as arriving.
            Weighed("cls_score", prediction.Classes).Add(Weighed("bbox_pred", prediction.Boxes)).Backward();
            return
            [
                .. recording.CompareGradients("input", maps, tolerance), .. recording.Gradients(parts, tolerance, _ => (0, 0)), .. recording.Statistics(parts, tolerance),
            ];
        }

        Tensor Weighed(string name, IReadOnlyList<Tensor> outputs) => recording.Maps(device, $"grad_output.{name}", type)
            .Zip(outputs, (gradient, output) => output.Multiply(Tensor.Leaf(gradient.Value)).Sum()).Aggregate((sum, term) => sum.Add(term));
    }

    private static IEnumerable<ReplayedTensor> Loss(Device device, Recording recording, DType type)
    {
        double tolerance = type == DType.Float64 ? LossTolerance : Float32Tolerance;
        var options = new SsdOptions { Classes = recording.Number<int>("classes") };
        var prediction = new SsdPrediction(recording.Maps(device, "cls_score", type), recording.Maps(device, "bbox_pred", type));
        using var head = new SsdHead([], options);
        SsdLoss loss = head.Loss(prediction, recording.Objects());
        Tensor total = loss.Class.Sum().Add(loss.Box.Sum());
        total.Backward();
        return
        [
            ReplayedTensor.Exact("num_total_pos", [loss.Targets.Divisor], recording.Integers("num_total_pos")),
            ReplayedTensor.Exact("target_labels", loss.Targets.Labels.Select(label => (int)label), recording.Integers("target_labels")),
            new ReplayedTensor("target_deltas", [.. loss.Targets.Deltas], recording.Values("target_deltas"), LossTolerance) { Measure = ErrorMeasure.Elements },
            recording.Compare("loss_cls", loss.Class, tolerance), recording.Compare("loss_bbox", loss.Box, tolerance), recording.Compare("total", total, tolerance),
            .. recording.CompareGradients("cls_score", prediction.Classes, tolerance), .. recording.CompareGradients("bbox_pred", prediction.Boxes, tolerance),
        ];
    }

    private static IEnumerable<ReplayedTensor> Detections(Device device, Recording recording, DType type)
    {
        int[] image = recording.Json<int[]>("image");
        var options = new SsdOptions
        {
            CandidatesPerLevel = recording.Number<int>("nms_pre"),
            ScoreThreshold = recording.Number<double>("score_threshold"),
            OverlapThreshold = recording.Number<double>("nms"),
            MostDetections = recording.Number<int>("max_per_image"),
        };
        var prediction = new SsdPrediction(recording.Maps(device, "cls_score", type), recording.Maps(device, "bbox_pred", type));
        using var head = new SsdHead([], options);
        PictureFrame[] frames = [.. recording.Json<float[][]>("scale_factors").Select(scale => new PictureFrame(image[1], image[0], scale[0], scale[1]))];
        return
        [
            .. recording.CompareDetections("dets", "labels", head.Detect(prediction, [.. frames.Select(frame => new PictureFrame(frame.Width, frame.Height))])),
            .. recording.CompareDetections("dets_rescaled", "labels_rescaled", head.Detect(prediction, frames)),
        ];
    }

    // torchvision has the background first, divides by the matched anchors of the batch, without one for each picture that has none, and overlaps without a least union.
    private static IEnumerable<ReplayedTensor> TorchvisionLoss(Device device, Recording recording, DType type)
    {
        double tolerance = type == DType.Float64 ? LossTolerance : Float32Tolerance;
        Shape shape = recording.ShapeOf("cls_logits");
        var options = new SsdOptions
        {
            Classes = shape.Channels - 1,
            NegativesPerPositive = recording.Number<int>("neg_to_pos"),
            Matching = new(0.5, 0.5, LowQualityMatches.Best, Epsilon: 0),
        };
        Tensor logits = Leaf("cls_logits"), deltas = Leaf("bbox_regression");
        Tensor ordered = logits.Slice(2, 1, options.Classes).Concat(2, logits.Slice(2, 0, 1));
        SsdLoss loss = SsdLoss.Of(options, recording.Boxes<float>("anchors"), ordered, deltas, recording.Objects(firstLabel: 1));
        int positives = Math.Max(1, loss.Targets.Positives.Sum());
        Tensor classes = loss.Class.Sum().Scale((double)loss.Targets.Divisor / positives);
        Tensor boxes = loss.Box.Sum().Scale((loss.Targets.Divisor + DetectorLoss.DivisorEpsilon) / positives);
        classes.Add(boxes).Backward();
        return
        [
            .. recording.Levels("matched").Select((name, picture) => ReplayedTensor.Exact(name, loss.Targets.Matches[picture], recording.Integers(name))),
            recording.Compare("loss_cls", classes, tolerance), recording.Compare("loss_bbox", boxes, tolerance),
            Gradient("cls_logits", logits), Gradient("bbox_regression", deltas),
        ];

        Tensor Leaf(string name) => Tensor.Leaf(device.Upload(recording.ShapeOf(name), recording.Values(name), type), requiresGradient: true);
        ReplayedTensor Gradient(string name, Tensor leaf) => new(Recording.Gradient + name, leaf.Gradient!.ToDoubles(), recording.Values(Recording.Gradient + name), tolerance);
    }

    private sealed class NeckWithHead : Module
    {
        public NeckWithHead(int[] channels, SsdOptions options)
        {
            Neck = Child("neck", new SsdNeck(channels[^(options.Extra.Count + 1)], options.Extra));
            Head = Child("bbox_head", new SsdHead(channels, options));
        }

        public SsdNeck Neck { get; }

        public SsdHead Head { get; }
    }
}
