namespace GpuPool.Experiments.Report;

/// <summary>Writes a file whole or not at all: to a temporary name beside it, flushed to the disk, then renamed over the old one.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a text with <c>\n</c> line ends.</summary>
    public static void WriteText(string path, string text) => Write(path, temporary =>
    {
        using var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write);
        using var writer = new StreamWriter(stream);
        writer.Write(text);
        writer.Flush();
        stream.Flush(flushToDisk: true);
    });

    /// <summary>Lets <paramref name="write"/> make the temporary file, and gives it its name.</summary>
    public static void Write(string path, Action<string> write)
    {
        string temporary = path + ".tmp";
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
