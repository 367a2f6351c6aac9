using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>A whole Faster R-CNN: maps in evaluation and training, proposals, losses with the anchors and regions that were sampled, gradients.</summary>
internal static class FasterRcnnNetworkReplay
{
    /// <summary>That of the released configuration.</summary>
    public static IReadOnlyList<ReplayKind> Kinds => [WholeDetector.Kind<FasterRcnn>("frcnn", "faster_rcnn", Replay)];

    private static IReadOnlyList<ReplayedTensor> Replay(Device device, Recording recording, DType type, FasterRcnn detector)
    {
        double tolerance = WholeDetector.Tolerance(type), lossTolerance = WholeDetector.LossTolerance(type);
        Tensor images = recording.RuledImages(device, type);
        PictureFrame[] frames = [.. Enumerable.Repeat(new PictureFrame(images.Shape[2], images.Shape[1]), images.Shape[0])];
        IReadOnlyList<IReadOnlyList<LabelledBox>> objects = recording.Objects();
        List<ReplayedTensor> tensors = [];
        using (GradientMode.Off())
            Compare("eval");
        detector.Training = true;
        (IReadOnlyList<Tensor> levels, IReadOnlyList<RegionPrediction> predictions) = Compare("train");
        RegionProposalLoss proposed = detector.Proposals.Loss(predictions, frames, objects, Sampler("rpn"));
        Box[][] proposals = [.. frames.Select((_, picture) => recording.Boxes<float>($"train.proposals.{picture}"))];
        IReadOnlyList<IReadOnlyList<RoiTarget>> targets = detector.Head.Targets(proposals, objects, Sampler("rcnn"));
        RoiLoss classified = detector.Head.Loss(detector.Head.Call(levels, [.. targets.Select(own => (Box[])[.. own.Select(target => target.Region)])]), targets);
        Tensor total = proposed.Objectness.Concat(proposed.Box).Append(classified.Class).Append(classified.Box).Aggregate((sum, loss) => sum.Add(loss));
        total.Backward();
        return
        [
            .. tensors,
            Losses("train.loss_rpn_cls", proposed.Objectness), Losses("train.loss_rpn_bbox", proposed.Box),
            Losses("train.loss_cls", [classified.Class]), Losses("train.loss_bbox", [classified.Box]), Losses("train.total", [total]),
            .. recording.CompareGradients(detector, type), recording.CompareRunningMeans(detector, type),
        ];

        (IReadOnlyList<Tensor> Levels, IReadOnlyList<RegionPrediction> Predictions) Compare(string mode)
        {
            IReadOnlyList<Tensor> maps = detector.Levels(images);
            IReadOnlyList<RegionPrediction> read = detector.Proposals.Call(maps);
            tensors.AddRange(recording.CompareFeatures(mode, maps, _ => tolerance));
            tensors.AddRange(recording.CompareMaps($"{mode}.cls_score", [.. read.Select(level => level.Objectness)], tolerance));
            tensors.AddRange(recording.CompareMaps($"{mode}.bbox_pred", [.. read.Select(level => level.Deltas)], tolerance));
            return (maps, read);
        }

        RecordedRegionSampler Sampler(string part) =>
            new(recording.Numbers($"train.{part}.sampled_pos", frames.Length), recording.Numbers($"train.{part}.sampled_neg", frames.Length));

        ReplayedTensor Losses(string name, IEnumerable<Tensor> losses) => new(name, [.. losses.Select(loss => loss.Item())], recording.Values(name), lossTolerance);
    }
}
