using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>
/// torchvision's region proposals. They differ from mmdetection's in anchors of whole pixels, in which anchors take an object that overlaps none enough, in a smooth loss of
/// boxes, in boxes that may shrink to nothing, and in that all anchors of a padded batch take part.
/// </summary>
internal static class TorchvisionProposalReplay
{
    // Targets are computed in float32.
    private const double Float64Tolerance = 2e-6, Float32Tolerance = 1e-4;

    private static readonly double[] _ratios = [0.5, 1, 2];

    /// <summary>The whole network.</summary>
    public static IReadOnlyList<ReplayKind> Kinds => [new("torchvision RegionProposalNetwork", ReplayKind.Both, Replay)];

    private static IEnumerable<ReplayedTensor> Replay(Device device, Recording recording, DType type)
    {
        double tolerance = type == DType.Float64 ? Float64Tolerance : Float32Tolerance;
        AnchorLevel[] levels = [.. recording.Json<int[]>("strides").Zip(recording.Json<double[]>("anchor_sizes"), Rounded)];
        PictureFrame[] frames = [.. recording.Json<int[][]>("image_sizes").Select(size => new PictureFrame(size[1], size[0]))];
        var options = new RegionProposalOptions
        {
            Coder = new(CentreDeviation: 1, SizeDeviation: 1, LimitsShrinking: false),
            Matching = new(recording.Number<double>("fg_iou"), recording.Number<double>("bg_iou"), LowQualityMatches.OwnBest, Epsilon: 0),
            BoxBeta = 1.0 / 9,
            OverlapThreshold = recording.Number<double>("nms"),
            // As far as the largest picture.
            Padding = Math.Max(frames.Max(frame => frame.Width), frames.Max(frame => frame.Height)),
        };
        Tensor[] features = recording.Maps(device, "feature", type);
        using RegionProposalHead head = Head(options);
        IReadOnlyList<RegionPrediction> predictions = head.Call(features);
        LabelledBox[][] objects = [.. recording.Levels("gt").Select(name => recording.Boxes<float>(name).Select(box => new LabelledBox(box, 0)).ToArray())];
        int[][] positives = recording.Numbers("sampled_pos", frames.Length), negatives = recording.Numbers("sampled_neg", frames.Length);
        var sampler = new RecordedRegionSampler(positives, negatives);
        RegionProposalLoss loss = head.Loss(predictions, frames, objects, sampler);
        // The divisor counts no picture twice that has no positive or no negative.
        double ours = positives.Concat(negatives).Sum(own => Math.Max(1, own.Length)) + DetectorLoss.DivisorEpsilon, theirs = positives.Concat(negatives).Sum(own => own.Length);
        Tensor objectness = Sum(loss.Objectness).Scale(ours / theirs), box = Sum(loss.Box).Scale(ours / theirs);
        objectness.Add(box).Backward();
        Box[] anchors = [.. levels.Zip(predictions, (level, prediction) => level.Of(prediction.Objectness.Shape[1], prediction.Objectness.Shape[2])).SelectMany(own => own)];
        return
        [
            BoxTensors.Of("anchors", anchors, recording.Boxes<float>("anchors")),
            .. recording.CompareMaps("objectness", predictions.Select(level => level.Objectness), tolerance), .. recording.CompareMaps("delta", predictions.Select(level => level.Deltas), tolerance),
            .. frames.SelectMany((_, picture) => Targets(picture)),
            recording.Compare("loss_objectness", objectness, tolerance), recording.Compare("loss_box", box, tolerance),
            .. recording.CompareGradients("feature", features, tolerance), .. recording.Gradients(head, tolerance, recorded: Torchvision),
            .. Proposals("training"), .. Proposals("testing"),
        ];

        RegionProposalHead Head(RegionProposalOptions own)
        {
            var module = new RegionProposalHead(features[0].Shape.Channels, features[0].Shape.Channels, levels, own);
            module.Allocate(device, type);
            recording.LoadState(module, Torchvision);
            return module;
        }

        // Which anchors show an object, which none, and the boxes of the former beside them.
        IEnumerable<ReplayedTensor> Targets(int picture)
        {
            double[] labels = recording.Values($"label.{picture}");
            Box[] boxes = [.. objects[picture].Select(item => item.Box)];
            int[] matches = options.Matching.Match<float>(anchors, boxes);
            int[] shown = [.. Enumerable.Range(0, anchors.Length).Where(anchor => labels[anchor] == 1)];
            Box[] recorded = recording.Boxes<float>($"target.{picture}");
            yield return ReplayedTensor.Exact($"label.{picture}", matches.Select(match => Math.Sign(match + 1)), labels.Select(label => (long)label));
            yield return BoxTensors.Of($"target.{picture}", shown.Select(anchor => options.Coder.Encode(anchors[anchor], boxes[matches[anchor]])).Select(deltas =>
                new Box(deltas.X, deltas.Y, deltas.Width, deltas.Height)), shown.Select(anchor => recorded[anchor]), tolerance);
        }

        IEnumerable<ReplayedTensor> Proposals(string mode)
        {
            int before = recording.Json<Dictionary<string, int>>("pre_nms")[mode], after = recording.Json<Dictionary<string, int>>("post_nms")[mode];
            using RegionProposalHead limited = Head(options with { CandidatesPerLevel = before, TrainingCandidatesPerLevel = before, MostProposals = after });
            foreach ((IReadOnlyList<RegionProposal> own, int picture) in limited.Propose(predictions, frames).Select((own, picture) => (own, picture)))
            {
                string boxes = $"{mode}.proposals.{picture}", scores = $"{mode}.scores.{picture}";
                yield return BoxTensors.Of(boxes, own.Select(proposal => proposal.Box), recording.Boxes<float>(boxes));
                yield return new ReplayedTensor(scores, [.. own.Select(proposal => (double)proposal.Score)], recording.Values(scores), tolerance);
            }
        }
    }

    private static AnchorLevel Rounded(int stride, double side)
    {
        var level = AnchorLevel.Region(stride, side, _ratios);
        return level with { Cell = [.. level.Cell.Select(box => new Box(MathF.Round(box.X1), MathF.Round(box.Y1), MathF.Round(box.X2), MathF.Round(box.Y2)))] };
    }

    private static Tensor Sum(IReadOnlyList<Tensor> losses) => losses.Aggregate((sum, loss) => sum.Add(loss));

    private static string Torchvision(string name) => name.Replace("rpn_conv", "conv.0.0", StringComparison.Ordinal)
        .Replace("rpn_cls", "cls_logits", StringComparison.Ordinal).Replace("rpn_reg", "bbox_pred", StringComparison.Ordinal);
}
