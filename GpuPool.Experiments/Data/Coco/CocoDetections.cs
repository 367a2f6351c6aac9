using System.Text.Json;
using GpuPool.Experiments.Metrics;

namespace GpuPool.Experiments.Data.Coco;

/// <summary>An object that a detector says a picture shows, with the numbers of picture and category.</summary>
internal sealed record CocoDetection(long ImageId, long CategoryId, CocoBox Box, double Score);

/// <summary>
/// A file of detections in COCO's form, [{"image_id": .., "category_id": .., "bbox": [x, y, width, height], "score": ..}, ..], of which each must be of a picture that there is.
/// </summary>
/// <param name="Boxes">The detections of the categories that count.</param>
/// <param name="Unknown">How many are of categories that the annotations do not have, by their numbers; pycocotools passes over them, too.</param>
internal sealed record CocoDetections(IReadOnlyList<DetectionBox> Boxes, IReadOnlyDictionary<long, int> Unknown)
{
    /// <summary>Reads a file; what it holds beside these fields is passed over.</summary>
    /// <exception cref="GpuPoolException">It is missing (10), or is not what it should be (11); the message names the place.</exception>
    public static CocoDetections Read(string path, CocoTruth truth)
    {
        List<DetectionBox> boxes = [];
        SortedDictionary<long, int> unknown = [];
        using var json = new JsonCursor(path);
        if (!json.Read() || json.Type != JsonTokenType.StartArray)
            throw DataFile.Corrupt(path, "the file must hold a list of detections", json.Offset);
        for (int index = 0; json.Read() && json.Type != JsonTokenType.EndArray; index++)
        {
            var element = new CocoElement(path, $"[{index}]", json);
            CocoDetection detection = element.Detection() ?? throw element.Fault!;
            int image = truth.Image(detection.ImageId) ?? throw DataFile.Corrupt(
                path, $"[{index}] is of image {detection.ImageId}, which the annotations do not have", element.Offset, "Give the annotations that the detections were made for.");
            if (truth.Category(detection.CategoryId) is { } category)
                boxes.Add(new DetectionBox(image, category, CocoTruth.RectangleOf(detection.Box), detection.Score));
            else if (!truth.Knows(detection.CategoryId))
                unknown[detection.CategoryId] = unknown.GetValueOrDefault(detection.CategoryId) + 1;
        }
        json.Read();
        return new CocoDetections(boxes, unknown);
    }
}
