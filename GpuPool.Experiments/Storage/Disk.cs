using System.Runtime.InteropServices;

namespace GpuPool.Experiments.Storage;

/// <summary>The disk of this machine.</summary>
internal sealed class Disk : IDisk
{
    private const int ReadOnly = 0, NotSupportedHere = 22;

    private Disk() { }

    /// <summary>The only one.</summary>
    public static Disk Instance { get; } = new();

    /// <inheritdoc/>
    public Stream Create(string path) => new FileStream(path, FileMode.Create, FileAccess.Write);

    /// <inheritdoc/>
    public void Flush(Stream stream) => ((FileStream)stream).Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void Rename(string path, string newPath) => File.Move(path, newPath, overwrite: true);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void FlushFolder(string path)
    {
        // Windows has no such call: its file systems keep a journal of names. .NET opens no folders, so the system is called directly.
        if (OperatingSystem.IsWindows())
            return;
        int folder = Open(path, ReadOnly);
        if (folder < 0)
            throw Failure(path);
        try
        {
            if (Sync(folder) < 0 && Marshal.GetLastPInvokeError() != NotSupportedHere)
                throw Failure(path);
        }
        finally
        {
            _ = Close(folder);
        }
    }

    private static IOException Failure(string path) =>
        new($"the folder {path} cannot be flushed to the disk ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())})");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int file);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int file);
}
