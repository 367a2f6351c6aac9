using System.Text.Json;
using GpuPool.Experiments.Data.Coco;
using GpuPool.Experiments.Data.Detection;

namespace GpuPool.Experiments.Parity.Detection;

/// <summary>Which pictures and boxes of an annotation file mmdetection learns from.</summary>
internal static class KeptPicturesReplay
{
    /// <summary>The pictures, and a row for each box: picture, label or -1 for a crowd, corners, whether it is a crowd.</summary>
    public static JsonReplayKind Kind => new("images_kept", Replay);

    private static IEnumerable<ReplayedTensor> Replay(string path, JsonElement root)
    {
        CocoAnnotations annotations = CocoAnnotations.Read(JsonReplayKind.Beside(path, root.GetProperty("annotation_file").GetString()!));
        AnnotatedPicture[] kept = CocoDetectionSet.Pictures(annotations, [.. root.GetProperty("classes").EnumerateArray().Select(name => name.GetString()!)], isLearnt: true);
        yield return Same("images_kept", kept.Select(picture => (double)picture.Id), root.GetProperty("images_kept"));
        // mmdetection has the crowds of a picture in a list of their own.
        IEnumerable<double> boxes = kept.SelectMany(picture => picture.Objects.OrderBy(item => item.IsCrowd).SelectMany(item => new double[]
        {
            picture.Id, item.IsCrowd ? -1 : item.Label, item.Box.X1, item.Box.Y1, item.Box.X2, item.Box.Y2, item.IsCrowd ? 1 : 0,
        }));
        yield return Same("boxes", boxes, root.GetProperty("boxes"));
    }

    private static ReplayedTensor Same(string name, IEnumerable<double> ours, JsonElement recorded) =>
        new(name, [.. ours], [.. Numbers(recorded)], 0) { Measure = ErrorMeasure.Absolute };

    private static IEnumerable<double> Numbers(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().SelectMany(Numbers) : [element.GetDouble()];
}
