namespace GpuPool.Experiments.Data.Detection;

/// <summary>Which classes of a data set a detector learns, in the order of their labels.</summary>
public static class ClassList
{
    /// <summary>The eight of street scenes that the paper's detectors learn of COCO, in the released code's order.</summary>
    public static IReadOnlyList<string> Street { get; } = ["person", "bicycle", "car", "motorcycle", "bus", "train", "truck", "traffic light"];

    /// <summary>Reads names with commas between them.</summary>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: a name is empty or there twice.</exception>
    public static IReadOnlyList<string> Parse(string text)
    {
        string[] names = text.Split(',', StringSplitOptions.TrimEntries);
        if (names.Any(name => name.Length == 0) || names.Distinct().Count() < names.Length)
        {
            throw new GpuPoolException(
                ExitCode.Configuration, $"'{text}' is not a list of different classes", "Give names with commas between them, for example person,traffic light.");
        }
        return names;
    }

    /// <summary>Refuses a class that a data set does not have; one that cannot be learnt would only show as a precision of 0 in the end.</summary>
    /// <param name="wanted">The classes.</param>
    /// <param name="known">Those of the data set.</param>
    /// <param name="path">The file that names them.</param>
    /// <param name="reading">What becomes of the fault, of <see cref="ExitCode.Configuration"/>, which names the classes that there are.</param>
    internal static void Check(IReadOnlyList<string> wanted, IReadOnlyCollection<string> known, string path, Reading reading)
    {
        string[] missing = [.. wanted.Except(known)], there = [.. wanted.Intersect(known)];
        if (missing.Length == 0)
            return;
        string remedy = there.Length > 0
            ? $"Give --classes with those that it has, for example --classes \"{string.Join(',', there)}\"."
            : $"It has {NameList.Of(known, most: 12)}: give --classes with some of them.";
        reading.Report(new GpuPoolException(ExitCode.Configuration, $"{path} has no class {NameList.Of([.. missing.Select(name => $"'{name}'")], missing.Length)}", remedy));
    }
}
