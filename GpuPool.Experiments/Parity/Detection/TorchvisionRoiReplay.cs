using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>
/// torchvision's losses and detections of regions. They differ from mmdetection's in that the background is the first class and has deltas too, that objects stand behind the proposals,
/// in a smooth loss of boxes, and in boxes that may shrink to nothing.
/// </summary>
internal static class TorchvisionRoiReplay
{
    // Targets are computed in float32.
    private const double Float64Tolerance = 2e-6, Float32Tolerance = 1e-4;

    private const int Numbers = 4;

    /// <summary>Losses with the regions that were sampled, and detections.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("torchvision RoIHeads.select_training_samples + fastrcnn_loss", ReplayKind.Both, Loss), new("torchvision RoIHeads.postprocess_detections", ReplayKind.Narrow, Detections),
    ];

    private static RoiHeadOptions Options => new() { Coder = new(0.1, 0.2, LimitsShrinking: false), BoxBeta = 1.0 / 9 };

    private static IEnumerable<ReplayedTensor> Loss(Device device, Recording recording, DType type)
    {
        double tolerance = type == DType.Float64 ? Float64Tolerance : Float32Tolerance;
        Tensor logits = recording.Plain(device, "class_logits", type), deltas = recording.Plain(device, "box_regression", type);
        int classes = logits.Shape.Channels - 1;
        using RoiHead head = Head(classes, Options with { Matching = new(recording.Number<double>("fg_iou"), recording.Number<double>("bg_iou"), Epsilon: 0) });
        IReadOnlyList<IReadOnlyList<LabelledBox>> objects = recording.Objects(firstLabel: 1);
        Box[][] proposals = [.. recording.Levels("proposals").Select(recording.Boxes<float>)];
        int[][] sampled = recording.Numbers("sampled", objects.Count);
        // In our list the objects come first.
        int[][] ours = [.. sampled.Select((own, picture) => own.Select(place => (place + objects[picture].Count) % (proposals[picture].Length + objects[picture].Count)).ToArray())];
        RoiTarget[] all = [.. head.Targets(proposals, objects, new SampledTogether(ours)).SelectMany((own, picture) => InOrder(own, ours[picture], objects[picture], proposals[picture]))];
        RoiLoss loss = head.Loss(Prediction(logits, deltas), [all]);
        loss.Class.Add(loss.Box).Backward();
        int first = 0;
        return [.. objects.SelectMany((_, picture) => Targets(picture)),
            recording.Compare("loss_cls", loss.Class, tolerance), recording.Compare("loss_box", loss.Box, tolerance),
            recording.GradientOf(logits, "class_logits", tolerance), recording.GradientOf(deltas, "box_regression", tolerance)];

        IEnumerable<ReplayedTensor> Targets(int picture)
        {
            RoiTarget[] own = all[first..(first += sampled[picture].Length)];
            bool[] shows = [.. own.Select(target => target.Deltas is not null)];
            yield return ReplayedTensor.Exact($"out.labels.{picture}", own.Select(target => target.Deltas is null ? 0 : target.Label + 1), recording.Integers($"out.labels.{picture}"));
            yield return BoxTensors.Of($"out.proposals.{picture}", own.Select(target => target.Region), recording.Boxes<float>($"out.proposals.{picture}"));
            yield return BoxTensors.Of($"out.target.{picture}", own.Where((_, place) => shows[place]).Select(target => target.Deltas!.Value).Select(values =>
                new Box(values.X, values.Y, values.Width, values.Height)), recording.Boxes<float>($"out.target.{picture}").Where((_, place) => shows[place]), Float32Tolerance);
        }
    }

    // As they were sampled, whatever they show.
    private static IEnumerable<RoiTarget> InOrder(IReadOnlyList<RoiTarget> targets, int[] places, IReadOnlyList<LabelledBox> objects, Box[] proposals)
    {
        ILookup<Box, RoiTarget> byRegion = targets.ToLookup(target => target.Region);
        return places.Select(place => byRegion[place < objects.Count ? objects[place].Box : proposals[place - objects.Count]].First());
    }

    private static IEnumerable<ReplayedTensor> Detections(Device device, Recording recording, DType type)
    {
        Tensor logits = recording.Plain(device, "class_logits", type), deltas = recording.Plain(device, "box_regression", type);
        int[] image = recording.Json<int[]>("image");
        using RoiHead head = Head(logits.Shape.Channels - 1, Options with
        {
            ScoreThreshold = recording.Number<double>("score_threshold"),
            OverlapThreshold = recording.Number<double>("nms"),
            MostDetections = recording.Number<int>("detections"),
        });
        Box[][] proposals = [.. recording.Levels("proposals").Select(recording.Boxes<float>)];
        PictureFrame[] frames = [.. proposals.Select(_ => new PictureFrame(image[1], image[0]))];
        foreach ((IReadOnlyList<DetectedBox> found, int picture) in head.Detect(Prediction(logits, deltas), proposals, frames).Select((found, picture) => (found, picture)))
        {
            yield return BoxTensors.Of($"boxes.{picture}", found.Select(item => item.Box), recording.Boxes<float>($"boxes.{picture}"));
            yield return new ReplayedTensor($"scores.{picture}", [.. found.Select(item => (double)item.Score)], recording.Values($"scores.{picture}"), Float32Tolerance);
            yield return ReplayedTensor.Exact($"labels.{picture}", found.Select(item => item.Label + 1), recording.Integers($"labels.{picture}"));
        }
    }

    // The background last, and without deltas.
    private static RoiPrediction Prediction(Tensor logits, Tensor deltas)
    {
        int classes = logits.Shape.Channels - 1;
        return new RoiPrediction(logits.Slice(1, 1, classes).Concat(1, logits.Slice(1, 0, 1)), deltas.Slice(1, Numbers, Numbers * classes));
    }

    private static RoiHead Head(int classes, RoiHeadOptions options) => new(1, classes, [4], options);

    /// <summary>Chooses what was chosen in a recording that lists both kinds together.</summary>
    private sealed class SampledTogether(int[][] places) : IRegionSampler
    {
        public RegionSample Sample(int picture, IReadOnlyList<int> positives, IReadOnlyList<int> negatives) =>
            new([.. places[picture].Where(positives.Contains)], [.. places[picture].Where(negatives.Contains)]);
    }
}
