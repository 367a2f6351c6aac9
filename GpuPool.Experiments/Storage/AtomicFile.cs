using System.Text;

namespace GpuPool.Experiments.Storage;

/// <summary>
/// Writes a file whole or not at all: to a temporary name beside it, flushed to the disk, then renamed over the old one, then the folder flushed. When a write
/// returns, not even a power failure undoes it.
/// </summary>
internal static class AtomicFile
{
    /// <summary>Writes a text in UTF-8.</summary>
    public static void WriteText(string path, string text, IDisk? disk = null) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)), disk);

    /// <summary>Lets <paramref name="write"/> fill the temporary file, and gives it its name.</summary>
    /// <param name="path">The name.</param>
    /// <param name="write">Writes the contents.</param>
    /// <param name="disk">Where to; null for the disk of this machine.</param>
    public static void Write(string path, Action<Stream> write, IDisk? disk = null)
    {
        disk ??= Disk.Instance;
        string temporary = path + ".tmp";
        try
        {
            using (Stream stream = disk.Create(temporary))
            {
                write(stream);
                disk.Flush(stream);
            }
            disk.Rename(temporary, path);
            disk.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch
        {
            Discard(temporary, disk);
            throw;
        }
    }

    // A disk that fails to write may fail to delete; the first failure is the one to tell.
    private static void Discard(string temporary, IDisk disk)
    {
        try
        {
            disk.Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
