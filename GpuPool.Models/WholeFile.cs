namespace GpuPool.Models;

/// <summary>Writes a file whole or not at all: under another name beside it, which it then changes for its own.</summary>
internal static class WholeFile
{
    /// <summary>Lets <paramref name="write"/> fill the file. What was there is replaced when the new one is whole; a failure leaves it, and nothing else.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string partial = path + ".partial";
        try
        {
            using (FileStream stream = File.Create(partial))
                write(stream);
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            Discard(partial);
            throw;
        }
    }

    // A disk that fails to write may fail to delete; the first failure is the one to tell.
    private static void Discard(string partial)
    {
        try
        {
            File.Delete(partial);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
