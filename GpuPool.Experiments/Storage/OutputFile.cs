namespace GpuPool.Experiments.Storage;

/// <summary>Files that a command is told to write.</summary>
internal static class OutputFile
{
    private const string Remedy = "Choose a file in a folder that can be written to.";

    /// <summary>Makes the folder of a file where there is none, and refuses what a file cannot take the place of.</summary>
    /// <param name="file">As the user gives it.</param>
    /// <param name="end">What the name must end in; any by default.</param>
    /// <returns>The file to write: the one that a link leads to.</returns>
    /// <exception cref="GpuPoolException">It is a folder, a device or a pipe, or its folder cannot be made (15), or its name ends in something else (2).</exception>
    public static string Prepare(string file, string end = "")
    {
        if (Path.GetFileName(file).Length == 0)
            throw new GpuPoolException(ExitCode.NotWritable, $"'{file}' is not the name of a file", Remedy);
        if (!file.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            throw new GpuPoolException(ExitCode.Usage, $"'{file}' does not end in {end}, by which its kind is known", "Give it a name that does.");
        string target = RealPath.Of(file);
        if (Directory.Exists(target))
            throw new GpuPoolException(ExitCode.NotWritable, $"'{file}' is a folder", Remedy);
        if (IsDevice(target))
            throw new GpuPoolException(ExitCode.NotWritable, $"'{file}' is a device or a pipe, which a file would take the place of", Remedy);
        OutputFolder.Create(Path.GetDirectoryName(target)!);
        return target;
    }

    // A device or a pipe looks like an empty file, but refuses to be given a length.
    private static bool IsDevice(string path)
    {
        var entry = new FileInfo(path);
        if (!entry.Exists || entry.Length > 0)
            return false;
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            stream.SetLength(0);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or NotSupportedException or ArgumentException)
        {
            return true;
        }
    }
}
