using System.Globalization;

namespace GpuPool.Experiments.Data;

/// <summary>Reading of data files, with the typed errors that all readers share.</summary>
internal static class DataFile
{
    private const int MostNameLetters = 1024;

    private const string Remedy = "Check the path; the README says which files each data set needs.";

    /// <summary>
    /// The whole file, at most <paramref name="mostBytes"/> long; nothing of what has no length, such as a device or a pipe, which might never end.
    /// </summary>
    public static byte[] ReadAll(string path, long mostBytes)
    {
        long length = Length(path);
        if (length > mostBytes)
            throw Corrupt(path, $"has {length} bytes, more than the {mostBytes} that such a file may have");
        byte[] content = new byte[length];
        if (length > 0)
            Read(path, 0, content);
        return content;
    }

    /// <summary>Fills <paramref name="target"/> from <paramref name="offset"/> on.</summary>
    public static void Read(string path, long offset, byte[] target)
    {
        int read = Guard(path, () =>
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            stream.Position = offset;
            return stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        });
        if (read < target.Length)
            throw Corrupt(path, $"the file ends, where {target.Length - read} more bytes were expected", offset + read);
    }

    /// <summary>Bytes in the file, or in the one that a link leads to; 0 for a device or a pipe, which is not opened for this.</summary>
    public static long Length(string path) => Guard(path, () =>
    {
        var file = new FileInfo(path);
        return ((FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file).Length;
    });

    /// <summary>The one place of several at which there is a file; null where there is none.</summary>
    /// <exception cref="GpuPoolException">There are files at two of them (11): which one is meant, nobody can know.</exception>
    public static string? Only(string place, string other)
    {
        if (File.Exists(place) && File.Exists(other))
            throw Corrupt(place, $"is there, and so is {other}: only one of them can be meant");
        return File.Exists(place) ? place : File.Exists(other) ? other : null;
    }

    /// <summary>Refuses what is no folder.</summary>
    /// <exception cref="GpuPoolException">There is a file, or nothing (10).</exception>
    public static void CheckFolder(string path)
    {
        if (!Directory.Exists(path))
            throw Missing(path, File.Exists(path) ? "is a file, where a folder was expected" : "does not exist");
    }

    /// <summary>Folders in a folder, in ordinal order, without those whose name begins with a dot.</summary>
    public static string[] Folders(string path) => Guard(path, () => Visible(Directory.EnumerateDirectories(path)));

    /// <summary>Files in a folder, in ordinal order, without those whose name begins with a dot.</summary>
    public static string[] Files(string path) => Guard(path, () => Visible(Directory.EnumerateFiles(path)));

    /// <summary>What <paramref name="read"/> gives; its failures become typed errors that name the file.</summary>
    public static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException || (exception is UnauthorizedAccessException && Directory.Exists(path)))
        {
            throw Missing(path, Directory.Exists(path) ? "is a folder, where a file was expected" : "does not exist", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Missing(path, $"cannot be read ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    /// <summary>
    /// The error of a file that is there and wrong: <c>PATH what</c>, or <c>PATH, byte OFFSET: what</c> where the place is known.
    /// </summary>
    public static GpuPoolException Corrupt(
        string path, string what, long? offset = null, string? remedy = null) =>
        new(ExitCode.DataCorrupt, offset is null ? $"{path} {what}" : string.Create(CultureInfo.InvariantCulture, $"{path}, byte {offset}: {what}"),
            remedy ?? "Fetch the file again, or remove it if it does not belong to the data set.")
        { Fault = new DataFault(path, offset, what) };

    /// <summary>The error of something that is not there or cannot be read: <c>PATH what</c>.</summary>
    public static GpuPoolException Missing(string path, string what, Exception? inner = null) =>
        new(ExitCode.DataMissing, $"{path} {what}", Remedy, inner) { Fault = new DataFault(path, null, what) };

    /// <summary>Whether a name found in a file stays in the folder that it is added to: relative, without <c>..</c>, colons and control characters.</summary>
    public static bool StaysInside(ReadOnlySpan<char> name)
    {
        if (name.Length > MostNameLetters)
            return false;
        foreach (char letter in name)
        {
            if (letter == ':' || char.IsControl(letter))
                return false;
        }
        foreach (Range part in name.SplitAny('/', '\\'))
        {
            if (name[part] is "" or "." or "..")
                return false;
        }
        return true;
    }

    private static string[] Visible(IEnumerable<string> paths) =>
        [.. paths.Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal)];
}
