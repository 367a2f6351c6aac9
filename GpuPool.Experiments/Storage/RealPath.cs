namespace GpuPool.Experiments.Storage;

/// <summary>Where a path leads through symbolic links, for comparing paths.</summary>
internal static class RealPath
{
    // As many as Linux follows.
    private const int MostLinks = 40;

    /// <summary>The file or folder that is read.</summary>
    public static string Of(string path)
    {
        string entry = OfEntry(path);
        for (int links = 0; links < MostLinks && new FileInfo(entry).LinkTarget is { } target; links++)
            entry = OfEntry(Path.Combine(Path.GetDirectoryName(entry)!, target));
        return entry;
    }

    /// <summary>The entry of a folder that is replaced: a link itself, and not what it leads to.</summary>
    public static string OfEntry(string path)
    {
        string full = Path.GetFullPath(path);
        return Path.GetDirectoryName(full) is { } folder ? Path.Combine(Of(folder), Path.GetFileName(full)) : full;
    }
}
