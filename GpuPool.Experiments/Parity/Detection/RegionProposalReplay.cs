using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>mmdetection's region proposals: losses with the anchors that were sampled, and the proposals themselves.</summary>
internal static class RegionProposalReplay
{
    // Targets are computed in float32.
    private const double Float64Tolerance = 2e-6, Float32Tolerance = 1e-4;

    private const int FinestStride = 4;

    /// <summary>Losses, and proposals of training and testing.</summary>
    public static IReadOnlyList<ReplayKind> Kinds => [new("RPNHead.loss", ReplayKind.Both, Loss), new("RPNHead.get_bboxes", ReplayKind.Narrow, Proposals)];

    private static IEnumerable<ReplayedTensor> Loss(Device device, Recording recording, DType type)
    {
        double tolerance = type == DType.Float64 ? Float64Tolerance : Float32Tolerance;
        Tensor[] features = recording.Maps(device, "feature", type);
        using RegionProposalHead head = Head(features[0].Shape.Channels, recording.ShapeOf("state.rpn_conv.bias")[0], features.Length, new RegionProposalOptions());
        head.Allocate(device, type);
        recording.LoadState(head);
        IReadOnlyList<RegionPrediction> predictions = head.Call(features);
        PictureFrame[] frames = Frames(recording);
        LabelledBox[][] objects = [.. frames.Select((_, picture) => recording.Boxes<float>($"gt.{picture}").Select(box => new LabelledBox(box, 0)).ToArray())];
        var sampler = new RecordedRegionSampler(recording.Numbers("sampled_pos", frames.Length), recording.Numbers("sampled_neg", frames.Length));
        RegionProposalLoss loss = head.Loss(predictions, frames, objects, sampler);
        loss.Objectness.Concat(loss.Box).Aggregate((sum, part) => sum.Add(part)).Backward();
        return
        [
            .. recording.CompareMaps("cls_score", predictions.Select(level => level.Objectness), tolerance), .. recording.CompareMaps("bbox_pred", predictions.Select(level => level.Deltas), tolerance),
            new("loss_cls", [.. loss.Objectness.Select(part => part.Item())], recording.Values("loss_cls"), tolerance),
            new("loss_bbox", [.. loss.Box.Select(part => part.Item())], recording.Values("loss_bbox"), tolerance),
            .. frames.SelectMany((_, picture) => Candidates(recording, sampler, picture)),
            .. recording.CompareGradients("feature", features, tolerance),
            .. recording.Gradients(head, tolerance),
        ];
    }

    // Which anchors might be sampled: those that take part in the picture, with an object or without.
    private static IEnumerable<ReplayedTensor> Candidates(Recording recording, RecordedRegionSampler sampler, int picture)
    {
        long[] valid = recording.Integers($"valid.{picture}"), objects = recording.Integers($"gt_inds_of_valid.{picture}");
        int[] numbers = [.. Enumerable.Range(0, valid.Length).Where(number => valid[number] != 0)];
        yield return ReplayedTensor.Exact($"gt_inds_of_valid.{picture}, with an object", sampler.Candidates[picture].Positives, numbers.Where((_, place) => objects[place] > 0).Select(number => (long)number));
        yield return ReplayedTensor.Exact($"gt_inds_of_valid.{picture}, without", sampler.Candidates[picture].Negatives, numbers.Where((_, place) => objects[place] == 0).Select(number => (long)number));
    }

    private static IEnumerable<ReplayedTensor> Proposals(Device device, Recording recording, DType type)
    {
        Tensor[] logits = recording.Maps(device, "cls_score", type), deltas = recording.Maps(device, "bbox_pred", type);
        RegionPrediction[] predictions = [.. logits.Zip(deltas, (objectness, delta) => new RegionPrediction(objectness, delta))];
        PictureFrame[] frames = Frames(recording);
        foreach (string mode in new[] { "train", "test" })
        {
            Dictionary<string, int> limits = recording.Json<Dictionary<string, int>>(mode);
            using RegionProposalHead head = Head(1, 1, logits.Length, new RegionProposalOptions
            {
                CandidatesPerLevel = limits["nms_pre"],
                TrainingCandidatesPerLevel = limits["nms_pre"],
                MostProposals = limits["max_per_img"],
                OverlapThreshold = recording.Number<double>("nms"),
            });
            IReadOnlyList<IReadOnlyList<RegionProposal>> proposals = head.Propose(predictions, frames);
            for (int picture = 0; picture < frames.Length; picture++)
            {
                string name = $"{mode}.proposals.{picture}";
                yield return BoxTensors.Of(name, proposals[picture].Select(proposal => proposal.Box), recording.Boxes<float>(name));
                yield return ReplayedTensor.Numbers($"{name}, scores", proposals[picture].Select(proposal => (double)proposal.Score), recording.Column(name, -1), BoxTensors.Pixels);
            }
        }
    }

    private static RegionProposalHead Head(int inputs, int channels, int levels, RegionProposalOptions options) =>
        new(inputs, channels, options.Levels(Enumerable.Range(0, levels).Select(level => FinestStride << level)), options);

    private static PictureFrame[] Frames(Recording recording) => [.. recording.Json<int[][]>("image_shapes").Select(size => new PictureFrame(size[1], size[0]))];
}
