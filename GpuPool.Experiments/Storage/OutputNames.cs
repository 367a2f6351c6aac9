using System.Globalization;

namespace GpuPool.Experiments.Storage;

/// <summary>Names of files that are made of other files.</summary>
internal static class OutputNames
{
    /// <summary>A name for each file: its own with another ending, and a number where files of different folders have one name.</summary>
    public static string[] Of(IEnumerable<string> files, string extension)
    {
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
        return [.. files.Select(file =>
        {
            string stem = Path.GetFileNameWithoutExtension(file), name = $"{stem}{extension}";
            for (int copy = 2; !taken.Add(name); copy++)
                name = string.Create(CultureInfo.InvariantCulture, $"{stem}-{copy}{extension}");
            return name;
        })];
    }

    /// <summary>Refuses to write over a file that is read.</summary>
    /// <exception cref="GpuPoolException">One would be lost (3).</exception>
    public static void CheckKept(IEnumerable<string> files, IEnumerable<string> outputs)
    {
        HashSet<string> replaced = new(outputs.Select(RealPath.OfEntry), StringComparer.OrdinalIgnoreCase);
        if (files.FirstOrDefault(file => replaced.Contains(RealPath.OfEntry(file)) || replaced.Contains(RealPath.Of(file))) is { } lost)
            throw new GpuPoolException(ExitCode.Configuration, $"{lost} would be drawn over", "Give --out another folder than that of the pictures.");
    }
}
