using System.Text.Json;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;
using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Which anchor takes which object.</summary>
internal static class MatchingReplay
{
    private const double OverlapTolerance = 1e-6;
    private const float Epsilon = 1e-6f;

    /// <summary>By overlap, in mmdetection and in torchvision, and by cells.</summary>
    public static IReadOnlyList<ReplayKind> Kinds =>
    [
        new("MaxIoUAssigner", ReplayKind.Narrow, Mmdetection), new("GridAssigner", ReplayKind.Narrow, Grid),
        new("torchvision Matcher", ReplayKind.Wide, (_, recording, _) => Torchvision(recording, LowQualityMatches.OwnBest)),
        new("torchvision SSDMatcher", ReplayKind.Wide, (_, recording, _) => Torchvision(recording, LowQualityMatches.Best)),
    ];

    private static IEnumerable<ReplayedTensor> Mmdetection(Device device, Recording recording, DType type)
    {
        Dictionary<string, JsonElement> config = recording.Json<Dictionary<string, JsonElement>>("config");
        LowQualityMatches lowQuality = !Flag("match_low_quality") ? LowQualityMatches.None : Flag("gt_max_assign_all") ? LowQualityMatches.AllBest : LowQualityMatches.Best;
        var matching = new OverlapMatching(Threshold("pos_iou_thr"), Threshold("neg_iou_thr"), lowQuality, Threshold("min_pos_iou"));
        Box[] anchors = recording.Boxes<float>("anchors"), objects = recording.Boxes<float>("gt");
        int[] matches = matching.Match<float>(anchors, objects);
        yield return Codes("gt_inds", matches, recording);
        foreach (ReplayedTensor tensor in Beside(recording, matches, Best(anchors, objects)))
            yield return tensor;
        yield return Codes("empty_gt_inds", matching.Match<float>(anchors, []), recording);
        yield return Codes("far_gt_inds", matching.Match<float>(anchors, recording.Boxes<float>("gt_far")), recording);

        bool Flag(string name) => !config.TryGetValue(name, out JsonElement value) || value.GetBoolean();
        double Threshold(string name) => config[name].GetDouble();
    }

    private static IEnumerable<ReplayedTensor> Grid(Device device, Recording recording, DType type)
    {
        Box[] anchors = recording.Boxes<float>("anchors"), objects = recording.Boxes<float>("gt");
        bool[] responsible = Array.ConvertAll(recording.Integers("responsible"), flag => flag != 0);
        int[] matches = GridMatching.Match(anchors, responsible, objects);
        // Anchors that may not show an object overlap none in the end.
        return [Codes("gt_inds", matches, recording), .. Beside(recording, matches, Best(anchors, objects).Zip(responsible, (overlap, flag) => flag ? overlap : -1))];
    }

    private static IEnumerable<ReplayedTensor> Torchvision(Recording recording, LowQualityMatches lowQuality)
    {
        Box<double>[] anchors = recording.Boxes<double>("anchors"), objects = recording.Boxes<double>("gt");
        lowQuality = recording.Required("allow_low_quality") == "true" ? lowQuality : LowQualityMatches.None;
        var matching = new OverlapMatching(recording.Number<double>("high"), recording.Number<double>("low"), lowQuality, Epsilon: 0);
        yield return new ReplayedTensor("iou", [.. objects.SelectMany(_ => anchors, (box, anchor) => Overlap.OverUnion(box, anchor))], recording.Values("iou"), 1e-12) { Measure = ErrorMeasure.Absolute };
        yield return ReplayedTensor.Exact("matched", matching.Match<double>(anchors, objects), recording.Integers("matched"));
    }

    // The recordings count background as 0 and the ignored as -1.
    private static ReplayedTensor Codes(string name, int[] matches, Recording recording) => ReplayedTensor.Exact(name, matches.Select(match => match + 1), recording.Integers(name));

    private static IEnumerable<ReplayedTensor> Beside(Recording recording, int[] matches, IEnumerable<double> overlaps)
    {
        long[] labels = recording.Integers("labels");
        yield return ReplayedTensor.Exact("assigned_labels", matches.Select(match => match < 0 ? -1 : (int)labels[match]), recording.Integers("assigned_labels"));
        yield return new ReplayedTensor("max_overlaps", [.. overlaps], recording.Values("max_overlaps"), OverlapTolerance) { Measure = ErrorMeasure.Absolute };
    }

    private static IEnumerable<double> Best(Box[] anchors, Box[] objects) => anchors.Select(anchor => (double)objects.Max(box => Overlap.OverUnion(box, anchor, Epsilon)));
}
