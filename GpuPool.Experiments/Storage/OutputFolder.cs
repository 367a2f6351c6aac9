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
}
