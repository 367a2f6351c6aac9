namespace GpuPool.Experiments.Training;

/// <summary>
/// Keeps other processes out of a folder while it is held. The lock is the operating system's lock on the file <c>.lock</c>, and not the presence of
/// that file: it ends with the process, however that ends, so a lock of a dead process is never in the way. The file stays, as to remove it could let two in.
/// </summary>
internal static class RunLock
{
    /// <summary>Takes the lock.</summary>
    /// <returns>Dispose it to give the lock back.</returns>
    /// <exception cref="GpuPoolException">Somebody else has it, or the folder cannot be written to (15).</exception>
    public static IDisposable Take(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new GpuPoolException(
                ExitCode.NotWritable,
                $"the run {folder} cannot be locked ({exception.Message.TrimEnd('.')})",
                "Wait until the other process has ended, or choose another folder for --run.",
                exception);
        }
    }
}
