namespace GpuPool.Experiments.Storage;

/// <summary>Folders for results.</summary>
internal static class OutputFolder
{
    /// <summary>Makes a folder where there is none.</summary>
    /// <exception cref="GpuPoolException">It cannot be made (15).</exception>
    public static void Create(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new GpuPoolException(
                ExitCode.NotWritable, $"the folder {path} cannot be made ({exception.Message.TrimEnd('.')})", "Choose another folder.", exception);
        }
    }

    /// <summary>Makes a folder where there is none, and lets an empty one be.</summary>
    /// <exception cref="GpuPoolException">It cannot be made, or has something in it (15).</exception>
    public static void CreateEmpty(string path)
    {
        Create(path);
        if (Directory.EnumerateFileSystemEntries(path).Any())
            throw new GpuPoolException(ExitCode.NotWritable, $"the folder {path} is not empty", "Choose a new or an empty one.");
    }

    /// <summary>Makes the folder of a file where there is none.</summary>
    /// <exception cref="GpuPoolException">It cannot be made, or the path ends in a folder (15).</exception>
    public static void CreateFor(string file)
    {
        if (Path.GetFileName(file).Length == 0)
            throw new GpuPoolException(ExitCode.NotWritable, $"'{file}' is not the name of a file", "Choose a file in a folder that can be written to.");
        Create(Path.GetDirectoryName(Path.GetFullPath(file))!);
    }
}
