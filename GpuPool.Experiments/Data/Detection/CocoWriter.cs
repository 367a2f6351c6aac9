using System.Text.Json;
using GpuPool.Experiments.Data.Coco;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>Writes an "instances" file of COCO.</summary>
internal static class CocoWriter
{
    /// <summary>Writes pictures with their objects; categories and objects are numbered from 1.</summary>
    public static void Write(Stream target, IReadOnlyList<AnnotatedPicture> pictures, IReadOnlyList<string> classNames)
    {
        int id = 1;
        JsonSerializer.Serialize(target, new
        {
            images = pictures.Select(picture => new { id = picture.Id, file_name = picture.FileName, width = picture.Width, height = picture.Height }),
            annotations = pictures.SelectMany(picture => picture.Objects.Select(item => new
            {
                id = id++,
                image_id = picture.Id,
                category_id = item.Label + 1,
                bbox = Sides(item.Bounds),
                area = item.Area,
                iscrowd = item.IsCrowd ? 1 : 0,
            })),
            categories = classNames.Select((name, label) => new { id = label + 1, name }),
        });
    }

    private static double[] Sides(CocoBox box) => [box.X, box.Y, box.Width, box.Height];
}
