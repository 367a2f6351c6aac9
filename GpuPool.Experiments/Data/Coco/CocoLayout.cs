namespace GpuPool.Experiments.Data.Coco;

/// <summary>One split of COCO on disk.</summary>
/// <param name="Name">For example <c>train2017</c>.</param>
/// <param name="Annotations">The annotation file.</param>
/// <param name="Images">The folder of the pictures.</param>
public sealed record CocoSplit(string Name, string Annotations, string Images);

/// <summary>Where a folder keeps COCO, or a set in its form.</summary>
/// <remarks>
/// Annotations: <c>instances_trainYEAR.json</c> and <c>instances_valYEAR.json</c> in the folder or in <c>annotations</c>. Pictures: in <c>trainYEAR</c> and <c>valYEAR</c>,
/// in the folder or in <c>images</c>, or all in <c>images</c>. YEAR is 2017, 2014 or nothing; the first of these that is there with its pictures is taken.
/// </remarks>
public sealed record CocoLayout(CocoSplit Train, CocoSplit Val)
{
    private static readonly string[] Years = ["2017", "2014", ""];

    /// <summary>Looks into a folder.</summary>
    /// <exception cref="GpuPoolException">There are no annotations, or there are no pictures of them (10).</exception>
    public static CocoLayout Find(string folder)
    {
        string? withoutPictures = null;
        foreach (string year in Years)
        {
            if (Annotations(folder, "train" + year) is not { } train || Annotations(folder, "val" + year) is not { } val)
                continue;
            if (Images(folder, "train" + year) is { } trainImages && Images(folder, "val" + year) is { } valImages)
                return new CocoLayout(new CocoSplit("train" + year, train, trainImages), new CocoSplit("val" + year, val, valImages));
            withoutPictures ??= $"has annotations, but neither of the folders train{year} and images/train{year}, or not those for val{year}";
        }
        throw DataFile.Missing(folder, withoutPictures ?? "has no annotations: instances_train2017.json and instances_val2017.json, here or in 'annotations'");
    }

    private static string? Annotations(string folder, string split) =>
        DataFile.Only(Path.Combine(folder, "annotations", $"instances_{split}.json"), Path.Combine(folder, $"instances_{split}.json"));

    private static string? Images(string folder, string split) =>
        new[] { Path.Combine(folder, split), Path.Combine(folder, "images", split), Path.Combine(folder, "images") }.FirstOrDefault(Directory.Exists);
}
