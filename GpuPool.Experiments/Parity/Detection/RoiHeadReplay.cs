using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>mmdetection's head of regions: levels, losses with the regions that were sampled, and detections.</summary>
internal static class RoiHeadReplay
{
    // Targets are computed in float32.
    private const double Float64Tolerance = 2e-6, Float32Tolerance = 1e-4;

    private const int Levels = 4, FinestStride = 4;

    /// <summary>Each part of it.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("SingleRoIExtractor.map_roi_levels", ReplayKind.Narrow, MapLevels),
        new("StandardRoIHead.forward_train (SingleRoIExtractor, Shared2FCBBoxHead)", ReplayKind.Both, Loss),
        new("StandardRoIHead.simple_test_bboxes", ReplayKind.Narrow, Detections),
    ];

    private static IEnumerable<ReplayedTensor> MapLevels(Device device, Recording recording, DType type)
    {
        using RoiHead head = Head(1, 1, new RoiHeadOptions { FinestSide = recording.Number<double>("finest_scale") });
        double[] rois = recording.Values("rois");
        IEnumerable<Box> boxes = rois.Chunk(5).Select(roi => new Box((float)roi[1], (float)roi[2], (float)roi[3], (float)roi[4]));
        yield return ReplayedTensor.Exact("levels", boxes.Select(head.Level), recording.Integers("levels"));
    }

    private static IEnumerable<ReplayedTensor> Loss(Device device, Recording recording, DType type)
    {
        double tolerance = type == DType.Float64 ? Float64Tolerance : Float32Tolerance;
        int classes = recording.Number<int>("classes");
        Tensor[] features = recording.Maps(device, "feature", type);
        using RoiHead head = Head(features[0].Shape.Channels, classes, new RoiHeadOptions { Width = recording.ShapeOf("state.bbox_head.fc_cls.weight")[1] });
        head.Allocate(device, type);
        recording.LoadState(head);
        int pictures = features[0].Shape[0];
        Box[][] proposals = Proposals(recording);
        IReadOnlyList<IReadOnlyList<LabelledBox>> objects = recording.Objects();
        var sampler = new RecordedRegionSampler(recording.Numbers("sampled_pos", pictures), recording.Numbers("sampled_neg", pictures));
        IReadOnlyList<IReadOnlyList<RoiTarget>> targets = head.Targets(proposals, objects, sampler);
        Box[][] regions = [.. targets.Select(own => own.Select(target => target.Region).ToArray())];
        RoiPrediction prediction = head.Call(features, regions);
        RoiLoss loss = head.Loss(prediction, targets);
        loss.Class.Add(loss.Box).Backward();
        RoiTarget[] all = [.. targets.SelectMany(own => own)];
        (Tensor pooled, int[] places) = head.Pool(features, regions);
        Tensor ordered = pooled.Gather(Tensor.Leaf(device.Upload(new Shape(places.Length), Array.ConvertAll(places, place => (double)place), type)));
        int best = all.Zip(prediction.Logits.Value.ToDoubles().Chunk(classes + 1)).Count(row => Array.IndexOf(row.Second, row.Second.Max()) == row.First.Label);
        return
        [
            new("roi_features", TensorLayout.Map.ToPyTorch(ordered.Shape, ordered.Value.ToDoubles()), recording.Values("roi_features"), tolerance),
            new("cls_score", prediction.Logits.Value.ToDoubles(), recording.Values("cls_score"), tolerance),
            new("bbox_pred", prediction.Deltas.Value.ToDoubles(), recording.Values("bbox_pred"), tolerance),
            ReplayedTensor.Exact("target_labels", all.Select(target => target.Label), recording.Integers("target_labels")),
            new("target_deltas", [.. all.SelectMany(target => target.Deltas is { } deltas ? new double[] { deltas.X, deltas.Y, deltas.Width, deltas.Height } : new double[4])],
                recording.Values("target_deltas"), tolerance),
            new("loss_cls", [loss.Class.Item()], recording.Values("loss_cls"), tolerance),
            new("loss_bbox", [loss.Box.Item()], recording.Values("loss_bbox"), tolerance),
            new("acc", [100.0 * best / all.Length], recording.Values("acc"), tolerance),
            .. recording.CompareGradients("feature", features, tolerance),
            .. recording.Gradients(head, tolerance),
        ];
    }

    private static IEnumerable<ReplayedTensor> Detections(Device device, Recording recording, DType type)
    {
        (int[] image, float[] scale, int classes) = (recording.Json<int[]>("image"), recording.Json<float[]>("scale_factor"), recording.Number<int>("classes"));
        Tensor[] features = recording.Maps(device, "feature", type);
        using RoiHead head = Head(features[0].Shape.Channels, classes, new RoiHeadOptions
        {
            Width = recording.ShapeOf("state.bbox_head.fc_cls.weight")[1],
            ScoreThreshold = recording.Number<double>("score_threshold"),
            OverlapThreshold = recording.Number<double>("nms"),
            MostDetections = recording.Number<int>("max_per_image"),
        });
        head.Allocate(device, type);
        recording.LoadState(head);
        PictureFrame[] frames = [.. Enumerable.Repeat(new PictureFrame(image[1], image[0], scale[0], scale[1]), features[0].Shape[0])];
        Box[][] proposals = Proposals(recording);
        return recording.CompareDetections("dets", "labels", head.Detect(head.Call(features, proposals), proposals, frames));
    }

    private static Box[][] Proposals(Recording recording) => [.. recording.Levels("proposals").Select(recording.Boxes<float>)];

    private static RoiHead Head(int channels, int classes, RoiHeadOptions options) => new(channels, classes, [.. Enumerable.Range(0, Levels).Select(level => FinestStride << level)], options);
}
