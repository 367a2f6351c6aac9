using System.Globalization;

namespace GpuPool.Experiments.Data.Coco;

/// <summary>The numbers of pictures and classes in a file of detections.</summary>
/// <param name="Pictures">Of each picture.</param>
/// <param name="Classes">Of each class, in the order of their labels.</param>
internal sealed record DetectionNumbers(IReadOnlyList<long> Pictures, IReadOnlyList<long> Classes)
{
    /// <summary>The numbers that the names of the files are, as COCO names its pictures, or their places where one is none; classes from 1.</summary>
    public static DetectionNumbers Of(IReadOnlyList<string> files, IReadOnlyList<string> classes)
    {
        long?[] named = [.. files.Select(file => long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : (long?)null)];
        bool areNumbers = named.All(id => id is not null) && named.Distinct().Count() == named.Length;
        return new DetectionNumbers([.. named.Select((id, place) => areNumbers ? id!.Value : place + 1)], [.. classes.Select((_, label) => label + 1L)]);
    }

    /// <summary>The numbers that annotations have for the names of files and classes.</summary>
    /// <exception cref="GpuPoolException">They have none for one, or one for two (3).</exception>
    public static DetectionNumbers Of(CocoAnnotations annotations, string path, IReadOnlyList<string> files, IReadOnlyList<string> classes)
    {
        // What is found in both would count twice for the one.
        if (files.GroupBy(Path.GetFileName).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new GpuPoolException(ExitCode.Configuration, $"two pictures are named '{twice.Key}', and {path} can have a number for one", "Leave one of them out, or --annotations.");
        ILookup<string, long> pictures = annotations.Images.ToLookup(image => Path.GetFileName(image.FileName), image => image.Id);
        ILookup<string, long> categories = annotations.Categories.ToLookup(category => category.Name, category => category.Id);
        return new DetectionNumbers([.. files.Select(file => Number(pictures, Path.GetFileName(file), "picture"))], [.. classes.Select(name => Number(categories, name, "class"))]);

        long Number(ILookup<string, long> numbers, string name, string what) => numbers[name].Count() == 1
            ? numbers[name].Single()
            : throw new GpuPoolException(ExitCode.Configuration, $"{path} has not one {what} '{name}' but {numbers[name].Count()}", "Give the annotations of these pictures, or leave --annotations out.");
    }
}
