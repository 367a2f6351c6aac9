using System.Globalization;
using GpuPool.Experiments.Data.Coco;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>COCO (Lin et al. 2014), or a set in its form where <see cref="CocoLayout"/> finds it, for detectors.</summary>
/// <remarks>
/// Learnt from are, as in mmdetection 2.25, pictures of at least <see cref="LeastSide"/> pixels a side with an annotation of a wanted class, even if it is a crowd or too small to count;
/// their objects are those that are not to be ignored and whose box reaches into the picture, has an area above 0 and is at least a pixel wide and high. Tested is on all pictures and all objects of
/// the wanted classes. Boxes are never clipped here.
/// </remarks>
internal static class CocoDetectionSet
{
    private const int LeastSide = 32;

    /// <summary>Opens both splits.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="classes">The classes to learn; null for all of the training split.</param>
    /// <param name="reading">What becomes of faults.</param>
    /// <exception cref="GpuPoolException">A file is missing (10), is not what it should be (11), or has not all of the classes (3).</exception>
    public static DetectionSplits Open(string folder, IReadOnlyList<string>? classes, Reading reading)
    {
        CocoLayout layout = CocoLayout.Find(folder);
        CocoAnnotations? train = Read(layout.Train, reading), test = Read(layout.Val, reading);
        NoteUnlearnt(layout.Train, train, reading);
        var cache = new ImageCache(reading.CacheBytes, reading.Decoder);
        IReadOnlyList<string> names = classes ?? (train is null ? [] : Names(train));
        return new DetectionSplits(Split(layout.Train, train, isLearnt: !reading.KeepsAll), Split(layout.Val, test, isLearnt: false));

        AnnotatedFiles Split(CocoSplit split, CocoAnnotations? annotations, bool isLearnt)
        {
            if (annotations is not null && classes is not null)
                ClassList.Check(names, Names(annotations), split.Annotations, reading);
            return new AnnotatedFiles($"coco {split.Name}", names, split.Images, annotations is null ? [] : Pictures(annotations, names, isLearnt), cache);
        }
    }

    /// <summary>The pictures of an annotation file that are learnt from or tested on.</summary>
    public static AnnotatedPicture[] Pictures(CocoAnnotations annotations, IReadOnlyList<string> names, bool isLearnt)
    {
        Dictionary<long, int> labels = Labels(annotations, names);
        return
        [
            .. from image in annotations.Images
               let objects = annotations.ObjectsIn(image).Where(item => labels.ContainsKey(item.CategoryId))
               where !isLearnt || Math.Min(image.Width, image.Height) >= LeastSide && objects.Any()
               select new AnnotatedPicture(image.Id, image.FileName, image.Width, image.Height, [
                   .. objects.Where(item => !isLearnt || Counts(image, item)).Select(item => new AnnotatedObject(item.Box, labels[item.CategoryId], item.Area, item.IsCrowd)),
               ]),
        ];
    }

    private static CocoAnnotations? Read(CocoSplit split, Reading reading) => reading.Attempt<CocoAnnotations?>(() => CocoReader.Read(split.Annotations, reading), null);

    private static IReadOnlyList<string> Names(CocoAnnotations annotations) => [.. annotations.Categories.Select(category => category.Name).Distinct()];

    private static void NoteUnlearnt(CocoSplit split, CocoAnnotations? annotations, Reading reading)
    {
        string[] unlearnt =
        [
            .. annotations?.Images.SelectMany(image => annotations.ObjectsIn(image).Where(item => !Counts(image, item)))
                .Select(item => item.Id.ToString(CultureInfo.InvariantCulture)) ?? [],
        ];
        if (unlearnt.Length > 0)
        {
            reading.LeftOut(new DataFault(
                split.Annotations, null, $"not learnt from, since they lie outside of their picture, are smaller than a pixel or to be ignored: annotations {NameList.Of(unlearnt)}"));
        }
    }

    // By number of the category; several may have one name.
    private static Dictionary<long, int> Labels(CocoAnnotations annotations, IReadOnlyList<string> names)
    {
        Dictionary<string, int> labels = names.Select((name, label) => (name, label)).ToDictionary();
        return annotations.Categories.Where(category => labels.ContainsKey(category.Name)).ToDictionary(category => category.Id, category => labels[category.Name]);
    }

    private static bool Counts(CocoImage image, CocoObject item)
    {
        CocoBox box = item.Box;
        bool reachesIn = Math.Min(box.X + box.Width, image.Width) > Math.Max(box.X, 0) && Math.Min(box.Y + box.Height, image.Height) > Math.Max(box.Y, 0);
        return !item.IsIgnored && reachesIn && item.Area > 0 && box.Width >= 1 && box.Height >= 1;
    }
}
