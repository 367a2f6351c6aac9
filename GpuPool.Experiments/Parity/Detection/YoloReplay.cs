using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>YOLOv3: its parts behind the backbone, and whole.</summary>
internal static class YoloReplay
{
    // Targets are float32 in mmdetection, whatever the predictions are.
    private const double ModuleTolerance = 1e-10, LossTolerance = 3e-6, Float32Tolerance = 1e-4;

    /// <summary>Neck and head, their start values, losses, detections, and the network.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("YOLOV3Neck + YOLOV3Head forward/backward", ReplayKind.Both, NeckAndHead), new("YOLOV3Head.init_weights: biases of the prediction convs", ReplayKind.Both, Biases),
        new("YOLOV3Head.loss", ReplayKind.Both, Loss), new("YOLOV3Head.get_bboxes", ReplayKind.Narrow, Detections), WholeDetector.Kind<Yolo>("yolo", "yolov3", Network),
    ];

    private static IEnumerable<ReplayedTensor> NeckAndHead(Device device, Recording recording, DType type)
    {
        double tolerance = type == DType.Float64 ? ModuleTolerance : Float32Tolerance;
        Tensor[] maps = recording.Maps(device, "input", type);
        int[] levelChannels = Channels("feature"), headChannels = [.. recording.Levels("pred").Select((_, level) => recording.ShapeOf($"{Recording.State}bbox_head.convs_pred.{level}.weight")[1])];
        var options = new YoloOptions { Classes = recording.Number<int>("classes"), NeckChannels = levelChannels, HeadChannels = headChannels };
        using var parts = new NeckWithHead(Channels("input"), options);
        parts.Allocate(device, type);
        recording.LoadState(parts);
        parts.Training = true;
        IReadOnlyList<Tensor> levels = parts.Neck.Call(maps), predictions = parts.Head.Call(levels);
        predictions.Zip(recording.Maps(device, "grad_output", type), (output, gradient) => output.Multiply(Tensor.Leaf(gradient.Value)).Sum())
            .Aggregate((sum, term) => sum.Add(term)).Backward();
        return
        [
            .. recording.CompareMaps("feature", levels, tolerance), .. recording.CompareMaps("pred", predictions, tolerance),
            .. recording.CompareGradients("input", maps, tolerance), .. recording.Gradients(parts, tolerance, _ => (0, 0)), .. recording.Statistics(parts, tolerance),
        ];

        int[] Channels(string name) => [.. recording.Levels(name).Select(level => recording.ShapeOf(level)[1])];
    }

    private static IEnumerable<ReplayedTensor> Biases(Device device, Recording recording, DType type)
    {
        using var head = new YoloHead(new YoloOptions { Classes = recording.Number<int>("classes") });
        head.Allocate(device, type);
        string[] names = recording.Levels("bias");
        return [.. names.Select((name, level) => new ReplayedTensor(
            name, head.States.Single(entry => entry.Name == $"convs_pred.{level}.bias").State.Value.Value.ToDoubles(), recording.Values(name),
            type == DType.Float64 ? ModuleTolerance : Float32Tolerance))];
    }

    private static IEnumerable<ReplayedTensor> Loss(Device device, Recording recording, DType type)
    {
        double tolerance = type == DType.Float64 ? LossTolerance : Float32Tolerance;
        Tensor[] predictions = recording.Maps(device, "pred", type);
        YoloLoss loss = YoloLoss.Of(new YoloOptions { Classes = recording.Number<int>("classes") }, predictions, recording.Objects());
        Tensor total = Total(loss);
        total.Backward();
        return
        [
            .. recording.Levels("target").Select((name, level) =>
                new ReplayedTensor(name, [.. loss.Targets[level].Values], recording.Values(name), LossTolerance) { Measure = ErrorMeasure.Elements }),
            .. recording.Levels("negative").Select((name, level) => ReplayedTensor.Exact(name, loss.Targets[level].IsBackground.Select(flag => flag ? 1 : 0), recording.Integers(name))),
            .. Losses(recording, "", loss, tolerance), recording.Compare("total", total, tolerance), .. recording.CompareGradients("pred", predictions, tolerance),
        ];
    }

    private static IEnumerable<ReplayedTensor> Detections(Device device, Recording recording, DType type)
    {
        int[] image = recording.Json<int[]>("image");
        using var head = new YoloHead(new YoloOptions
        {
            Classes = recording.Number<int>("classes"),
            ConfidenceThreshold = recording.Number<double>("conf_threshold"),
            ScoreThreshold = recording.Number<double>("score_threshold"),
            OverlapThreshold = recording.Number<double>("nms"),
            MostDetections = recording.Number<int>("max_per_image"),
        });
        PictureFrame[] frames = [.. recording.Json<float[]>("scale_factors").Select(scale => new PictureFrame(image[1], image[0], scale, scale))];
        return recording.CompareDetections("dets", "labels", head.Detect(recording.Maps(device, "pred", type), frames));
    }

    private static IReadOnlyList<ReplayedTensor> Network(Device device, Recording recording, DType type, Yolo detector)
    {
        double tolerance = WholeDetector.Tolerance(type), lossTolerance = WholeDetector.LossTolerance(type);
        Tensor images = recording.RuledImages(device, type);
        List<ReplayedTensor> tensors = [];
        using (GradientMode.Off())
            Compare("eval");
        detector.Training = true;
        YoloLoss loss = detector.Head.Loss(Compare("train"), recording.Objects());
        Tensor total = Total(loss);
        total.Backward();
        return
        [
            .. tensors, .. Losses(recording, "train.", loss, lossTolerance), recording.Compare("train.total", total, lossTolerance),
            .. recording.CompareGradients(detector, type), recording.CompareRunningMeans(detector, type),
        ];

        IReadOnlyList<Tensor> Compare(string mode)
        {
            IReadOnlyList<Tensor> levels = detector.Levels(images), maps = detector.Head.Call(levels);
            tensors.AddRange(recording.CompareFeatures(mode, levels, _ => tolerance));
            tensors.AddRange(recording.CompareMaps($"{mode}.cls_score", maps, tolerance));
            return maps;
        }
    }

    private static Tensor Total(YoloLoss loss) => new[] { loss.Class, loss.Confidence, loss.Centre, loss.Size }.SelectMany(levels => levels).Aggregate((sum, term) => sum.Add(term));

    private static IEnumerable<ReplayedTensor> Losses(Recording recording, string prefix, YoloLoss loss, double tolerance) =>
        from part in new[] { ("loss_cls", loss.Class), ("loss_conf", loss.Confidence), ("loss_xy", loss.Centre), ("loss_wh", loss.Size) }
        select new ReplayedTensor(prefix + part.Item1, [.. part.Item2.Select(level => level.Item())], recording.Values(prefix + part.Item1), tolerance);

    private sealed class NeckWithHead : Module
    {
        public NeckWithHead(int[] inputs, YoloOptions options)
        {
            Neck = Child("neck", new YoloNeck(inputs, options.NeckChannels));
            Head = Child("bbox_head", new YoloHead(options));
        }

        public YoloNeck Neck { get; }

        public YoloHead Head { get; }
    }
}
